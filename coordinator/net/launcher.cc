#include "coordinator/net/launcher.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/text.h"
#include "coordinator/launch/mpirun_report.h"
#include "coordinator/launch/process_table.h"
#include "coordinator/launch/temporary.h"
#include "coordinator/net/log_tail.h"

namespace muster::coordinator {
namespace {

constexpr std::size_t kReportBytes = 64 * 1024;  // mpirun's report stands at the end of its output.

}  // namespace

std::optional<Process> running_process(const ProcessIdentity& identity) {
  if (identity.host != host_name()) return std::nullopt;
  return Process::adopt(static_cast<pid_t>(identity.pid),
                        static_cast<std::uint64_t>(identity.start_time));
}

Launcher::Launcher(boost::asio::io_context& io, Options options,
                   std::function<void(const LauncherExited&)> exited)
    : io_(io), options_(std::move(options)), exited_(std::move(exited)) {}

void Launcher::start(Generation generation) {
  MUSTER_ASSERT(world_ == nullptr, "one generation at a time");
  const auto temporary = temporary_folder(options_.run_id, generation);
  const Command command = mpirun_command(options_.cluster, options_.comm,
                                         {.worker_program = options_.worker_program,
                                          .run = options_.run.path(),
                                          .generation = generation,
                                          .workers = options_.workers,
                                          .temporary = temporary,
                                          .as_root = ::geteuid() == 0,
                                          .other_hosts = options_.other_hosts,
                                          .mpirun = find_mpirun().string()});
  log::info("launching: " + command.text());
  generation_ = generation;
  world_ = std::make_unique<World>(command, temporary, options_.run.launcher_log(generation));
  watch();
}

bool Launcher::adopt(Generation generation, const std::optional<ProcessIdentity>& process) {
  auto running = process ? running_process(*process) : std::nullopt;
  if (!running) {
    end_what_is_left();
    return false;
  }
  generation_ = generation;
  world_ =
      std::make_unique<World>(std::move(*running), temporary_folder(options_.run_id, generation));
  watch();
  return true;
}

void Launcher::end_what_is_left() { clean_up_worlds_of(options_.run_id); }

void Launcher::let_go() {
  if (world_) world_->let_go();
  abandon();
}

void Launcher::watch() {
  if (const auto entry = look_up(world_->launcher_id())) {
    process_ = {.host = host_name(),
                .pid = entry->id,
                .start_time = static_cast<std::int64_t>(entry->start_time)};
  }
  // Asio closes the descriptor that it is given: give it one of its own.
  const int descriptor = ::fcntl(world_->pidfd(), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) throw Error(ErrorCode::unavailable, "pidfd: " + errno_text(errno));
  end_ = std::make_unique<boost::asio::posix::stream_descriptor>(io_, descriptor);
  end_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [this](const boost::system::error_code& error) {
                     if (!error) collect();
                   });
}

void Launcher::collect() {
  if (!world_) return;
  if (!world_->has_ended()) return watch();  // Woken up for nothing.
  LauncherExited event{.generation = generation_, .end = {}, .reported = {}};
  event.end = world_->finish();
  abandon();
  event.reported =
      parse_mpirun_report(last_bytes(options_.run.launcher_log(generation_), kReportBytes));
  exited_(event);
}

void Launcher::kill() {
  if (world_) world_->kill();
}

void Launcher::abandon() {
  end_.reset();
  process_.reset();
  world_.reset();
}

}  // namespace muster::coordinator
