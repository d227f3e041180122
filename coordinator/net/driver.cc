#include "coordinator/net/driver.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <thread>

#include "common/checkpoint/generation.h"
#include "common/deadline.h"
#include "common/error.h"
#include "common/log.h"
#include "common/run/snapshot_folder.h"
#include "common/text.h"
#include "coordinator/launch/parent.h"
#include "coordinator/net/log_tail.h"

namespace muster::coordinator {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr std::uint64_t kTicksPerGlance = 2;       // Five glances of the observer a second.
constexpr auto kLedger = std::chrono::seconds(1);  // Between records of what every step changes.
constexpr auto kFence = std::chrono::seconds(2);   // At most, before a launch.
constexpr auto kDisk = std::chrono::seconds(2);    // At most, before an answer.
constexpr std::size_t kExcerptLines = 20;
constexpr auto kSummaryPatience = std::chrono::seconds(2);  // For a full disk.

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

bool is_kill(const Action& action) { return std::holds_alternative<KillGeneration>(action); }

bool is_launch(const Action& action) { return std::holds_alternative<LaunchGeneration>(action); }

/// Asio closes the descriptor that it is given: one of its own.
int duplicate(int descriptor) {
  const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw Error(ErrorCode::unavailable, "no descriptor left: " + errno_text(errno));
  return own;
}

/// What has a reason, and every change of state: `muster status` reads them from the journal.
bool is_worth_a_line(const Decision& decision) {
  return !decision.reason.empty() ||
         std::any_of(decision.actions.begin(), decision.actions.end(), [](const auto& action) {
           return std::holds_alternative<PublishState>(action);
         });
}

}  // namespace

Driver::Driver(Options options, Records& records, Observer& observer)
    : options_(std::move(options)),
      observer_(observer),
      snapshots_(options_.snapshots.empty() ? FileDescriptor()
                                            : run::hold_snapshot_folder(options_.snapshots)),
      records_(records),
      server_(io_, options_.server, *this),
      launcher_(io_, options_.launcher, [this](const LauncherExited& event) { handle(event); }),
      signals_(io_),
      ticker_(io_),
      news_(io_, duplicate(records.recorder().readable())),
      start_(Clock::now()),
      state_(options_.ledger ? state_from(options_.ledger->ledger, options_.facts)
                             : State(options_.facts)) {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) {
    if (!is_ignored(signal)) signals_.add(signal);
  }
  records_.publish_address(options_.host, server_.port());
  log::info(concat("coordinator ", records_.number(), " listens on ", options_.host, ":",
                   server_.port()));
}

int Driver::run() {
  wait_for_signal();
  wait_for_tick();
  wait_for_news();
  begin();
  while (!exit_status_) {
    try {
      io_.run();
    } catch (const std::exception& error) {
      break_off(error.what(), exit_code::kSoftware);
    }
  }
  launcher_.abandon();
  return *exit_status_;
}

void Driver::begin() {
  if (!goes_on_with_the_world()) {
    launcher_.end_what_is_left();
    handle(Started{});
    return catch_up();
  }
  const Ledger& ledger = options_.ledger->ledger;
  handle(
      Adopted{.launcher_is_running = launcher_.adopt(ledger.generation, options_.ledger->launcher),
              .left = ledger.handover});
  catch_up();
}

/// With what the coordinator before may have seen or not: a second Ctrl-C would kill.
void Driver::catch_up() {
  for (const int signal : options_.unheard) {
    if (signal != SIGINT || !state_.stop) handle(Interrupted{signal});
  }
}

/// A run that had ended and is resumed has the ledger of its end, until its coordinator has kept
/// one: only the direct successor of who ended it has nothing left to do but that.
bool Driver::goes_on_with_the_world() const {
  if (!options_.takes_over || !options_.ledger) return false;
  return !options_.ledger->ledger.handover.has_ended ||
         options_.ledger->coordinator == records_.number() - 1;
}

// --- events
// ----------------------------------------------------------------------------------------

void Driver::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    wait_for_signal();
    handle(Interrupted{signal});
  });
}

void Driver::wait_for_tick() {
  ticker_.expires_after(kTick);
  ticker_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    wait_for_tick();
    ++ticks_;
    if (ticks_ % kTicksPerGlance == 0) observer_.tick();
    do_what_is_kept();
    handle(Tick{});
  });
}

void Driver::wait_for_news() {
  news_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [this](const boost::system::error_code& error) {
                     if (error) return;
                     hear_of_records();
                     wait_for_news();
                   });
}

void Driver::hear_of_records() {
  const Recorder::News news = records_.recorder().news();
  for (const std::string& problem : news.problems) observer_.notice(problem);
  on_disk_ = news.kept;
  do_what_is_kept();
  if (news.is_superseded) give_way();
}

void Driver::when_kept(std::function<void()> act) {
  waiting_.push_back({records_.recorder().ticket(), Clock::now(), std::move(act)});
  do_what_is_kept();
}

void Driver::do_what_is_kept() {
  const TimePoint now = Clock::now();
  while (!waiting_.empty() &&
         (waiting_.front().ticket <= on_disk_ || now - waiting_.front().since >= kDisk)) {
    const auto act = std::move(waiting_.front().act);
    waiting_.pop_front();
    act();
  }
}

void Driver::connected(ConnectionId connection, const wire::Hello& hello) {
  handle(WorkerConnected{connection, hello});
}

void Driver::spoke(ConnectionId connection, Generation generation, int rank,
                   wire::Message message) {
  handle(WorkerSpoke{connection, generation, rank, std::move(message)});
}

void Driver::told(ConnectionId connection, std::int64_t messages) {
  when_kept([this, connection, messages] { server_.send(connection, wire::Taken{messages}); });
}

void Driver::stop_requested(std::string reason) { handle(StopRequested{std::move(reason)}); }

void Driver::lost(ConnectionId connection, Generation generation, int rank, std::string why) {
  handle(ConnectionLost{connection, generation, rank, std::move(why)});
}

void Driver::handle(Event event) {
  events_.push_back(std::move(event));
  if (is_handling_) return;
  is_handling_ = true;
  try {
    while (!events_.empty() && !exit_status_) {
      const Event next = std::move(events_.front());
      events_.pop_front();
      decide(next);
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::aborted) {
      give_way();
    } else {
      break_off(error.what(), exit_status(error.code()));
    }
  } catch (const std::exception& error) {
    break_off(error.what(), exit_code::kSoftware);
  }
  is_handling_ = false;
}

void Driver::decide(const Event& event) {
  const TimePoint now = Clock::now();
  const Decision decision = on(state_, event, now, options_.limits);
  // Before anything that could wait.
  if (std::any_of(decision.actions.begin(), decision.actions.end(), is_kill)) launcher_.kill();
  if (!decision.reason.empty()) log::info(decision.reason);
  if (is_worth_a_line(decision)) {
    records_.journal(std::chrono::duration<double>(now - start_).count(), event, decision);
  }
  if (is_worth_a_line(decision) || std::holds_alternative<Tick>(event)) keep_ledger(now);
  for (const auto& action : decision.actions) {
    std::visit([this](const auto& what) { perform(what); }, action);
  }
  if (std::any_of(decision.actions.begin(), decision.actions.end(), is_launch)) keep_ledger(now);
}

void Driver::keep_ledger(TimePoint now) {
  Ledger ledger = ledger_of(state_, now);
  const auto launcher = launcher_.process();
  const bool is_due = state_.stage == Stage::ended || launcher != kept_launcher_ ||
                      is_news(kept_, ledger) || (ledger != kept_ && now - kept_at_ >= kLedger);
  if (!is_due) return;
  records_.ledger(ledger, launcher);
  kept_ = std::move(ledger);
  kept_launcher_ = launcher;
  kept_at_ = now;
}

// --- actions
// ---------------------------------------------------------------------------------------

/// What another coordinator would launch next is on the disk before it is certain that there is
/// none: either this one sees the other's number, or the other reads of this generation.
void Driver::perform(const LaunchGeneration& action) {
  if (!records_.recorder().flush(kFence)) log::warning("the journal does not keep up");
  hear_of_records();
  if (exit_status_) return;
  try {
    launcher_.start(action.generation);
  } catch (const Error& error) {
    const std::string hint = error.hint().empty() ? "" : " (" + error.hint() + ")";
    handle(LaunchFailed{action.generation, error.code(), error.what() + hint});
  }
}

/// Once it is written down that the run is to stop: a successor would take what the workers then do
/// for something that they had done by themselves.
void Driver::perform(const SendStop& action) {
  when_kept([this, action] { server_.send(action.connection, wire::Stop{action.reason}); });
}

void Driver::perform(const CloseConnection& action) { server_.close(action.connection); }

void Driver::perform(const DismissWorker& action) {
  server_.dismiss(action.connection, wire::Replaced{action.generation});
}

void Driver::perform(const AppendMetrics& action) {
  records_.metrics(action.line, action.generation);
  observer_.metrics(action.line);
}

void Driver::perform(const AnnounceCheckpoint& action) {
  observer_.checkpoint_written(action.checkpoint);
}

void Driver::perform(const PublishState& action) {
  log::info(concat("state: ", run::to_string(action.state), " (", action.reason, ")"));
  observer_.state_changed(action.state, action.reason);
}

void Driver::perform(const Notify& action) {
  const std::string text = with_excerpt(action);
  log::warning(text);
  observer_.notice(text);
}

/// The text and the last lines of the log it names; of the launcher's log where a worker has none.
std::string Driver::with_excerpt(const Notify& action) const {
  if (!action.excerpt) return action.text;
  std::filesystem::path log = options_.run.launcher_log(action.excerpt->generation);
  std::vector<std::string> lines;
  if (action.excerpt->rank) {
    const auto own = options_.run.worker_log(*action.excerpt->rank, action.excerpt->generation);
    lines = last_lines(own, kExcerptLines);
    if (!lines.empty()) log = own;
  }
  if (lines.empty()) lines = last_lines(log, kExcerptLines);
  if (lines.empty()) return action.text + "\n" + log.string() + " is empty";
  std::string text = concat(action.text, "\nlast lines of ", log.string(), ":");
  for (const auto& line : lines) text += "\n  | " + line;
  return text;
}

void Driver::perform(const WriteSummary& action) {
  run::Summary summary = action.summary;
  summary.run = options_.run.name();
  summary.run_id = options_.run_id;
  summary.coordinator = records_.number();
  write(summary);
  observer_.ended(summary);
}

/// The run has ended as it has, whether that can be written down or not. Nothing waits here.
void Driver::write(const run::Summary& summary) {
  const Deadline deadline = Deadline::after(kSummaryPatience);
  for (;;) {
    try {
      return records_.write_summary(summary);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::aborted) throw;
      if (deadline.has_passed()) return observer_.notice(concat("warning: ", error.what()));
    }
    std::this_thread::sleep_for(kTick);
  }
}

void Driver::perform(const End& action) {
  exit_status_ = action.exit_status;
  if (action.keeps_snapshots && !options_.snapshots.empty()) {
    observer_.notice(concat("the snapshots in ", options_.snapshots.string(),
                            " hold steps that no checkpoint has: 'muster resume ",
                            options_.run.name(),
                            "' on this host finds them, until another 'muster run' here"));
  } else {
    run::remove_snapshot_folder(options_.snapshots);
  }
  checkpoint::remove_unfinished(options_.run.checkpoints(), state_.generation);
  io_.stop();
}

// --- when this side fails
// --------------------------------------------------------------------------

/// The successor decides now. What runs here is the successor's if it is on this host; on another
/// one it launches a world of its own, and this one would train on for nobody.
void Driver::give_way() {
  if (exit_status_) return;
  const std::string why =
      concat("another coordinator (number above ", records_.number(), ") has taken over this run");
  if (!records_.successor_is_here()) {
    return break_off(why + " on another host; ending what runs here", exit_code::kSoftware);
  }
  launcher_.let_go();
  break_off(why, kGaveWay);
}

void Driver::break_off(const std::string& why, int exit_status) {
  if (exit_status_) return;
  // How a run has ended is not changed by what fails afterwards.
  const bool is_decided = state_.verdict && exit_status != kGaveWay;
  exit_status_ = is_decided ? state_.verdict->exit_status : exit_status;
  log::error(why);
  launcher_.abandon();
  observer_.notice(why);
  io_.stop();
}

}  // namespace muster::coordinator
