#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/deadline.h"
#include "common/error.h"
#include "common/run/plan.h"
#include "common/text.h"
#include "coordinator/cli/colors.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/look/log_reader.h"
#include "coordinator/cli/look/run_view.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(100);
/// A coordinator that died may have a successor: only when there is none for so long has a run
/// ended without a summary.
constexpr auto kSuccessorPatience = std::chrono::seconds(2);

look::LogChoice choice_of(const LogsOptions& options) {
  if (options.rank) return {look::LogFile::Kind::worker, options.rank};
  if (options.coordinator) return {look::LogFile::Kind::coordinator, std::nullopt};
  if (options.launcher) return {look::LogFile::Kind::launcher, std::nullopt};
  return {};
}

/// What could steer a terminal does not reach it.
std::string harmless(std::string line) {
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; },
      '?');
  return line;
}

std::string json_line(const look::LogFile& file, const std::string& line) {
  using Kind = look::LogFile::Kind;
  nlohmann::ordered_json json = {{"schema", 1}, {"log", file.name}};
  if (file.kind == Kind::worker) json["rank"] = file.rank;
  if (file.kind != Kind::coordinator) json["generation"] = file.generation;
  json["line"] = line;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// Tells when a run has ended: its summary is there, or nobody has led it for a while.
class EndWatch {
 public:
  explicit EndWatch(run::RunDirectory run) : run_(std::move(run)) {}

  bool has_ended() {
    std::error_code error;
    if (std::filesystem::exists(run_.summary(), error)) return true;
    if (run::writer_of(run_.metrics().string()) == run::Writer::lives) {
      patience_ = Deadline::after(kSuccessorPatience);
    }
    if (!patience_.has_passed()) return false;
    patience_ = Deadline::after(kSuccessorPatience);  // Looking reads every file: not too often.
    return look::look_at(run_).standing.has_ended;
  }

 private:
  run::RunDirectory run_;
  Deadline patience_ = Deadline::after(kSuccessorPatience);
};

/// The run's end in one line, for standard error: data are the logs alone.
void say_the_end(const run::RunDirectory& run) {
  const look::Standing standing = look::look_at(run).standing;
  write_if_possible(STDERR_FILENO,
                    concat(run.name(), " ", standing.state,
                           standing.reason.empty() ? "" : ": " + standing.reason, "\n"));
}

void check_rank(const LogsOptions& options, const run::RunDirectory& run) {
  if (!options.rank) return;
  const int workers = run::read_plan(run.plan().string()).workers;
  if (*options.rank < workers) return;
  throw UsageError(concat("--rank ", *options.rank, ": ", run.name(), " has ", workers,
                          workers == 1 ? " worker" : " workers"),
                   concat("ranks go from 0 to ", workers - 1));
}

}  // namespace

int logs_command(const LogsOptions& options, const Terminal& terminal) {
  const run::RunDirectory run = look::find_run(options.run, run::run_root({}));
  check_rank(options, run);
  const bool has_one_source = options.rank || options.coordinator || options.launcher;
  std::string text;
  const auto take = [&](const look::LogFile& file, const std::string& line) {
    if (options.json) {
      text += json_line(file, line);
    } else if (has_one_source) {
      text += harmless(line) + "\n";
    } else {
      text += colored(file.name + " | ", kDim, terminal.output_style) + harmless(line) + "\n";
    }
    constexpr std::size_t kPiece = 1 << 16;
    if (text.size() < kPiece) return;
    write_all(STDOUT_FILENO, text);
    text.clear();
  };

  look::LogReader reader(run, choice_of(options));
  EndWatch watch(run);
  for (;;) {
    const bool is_last =
        !options.follow || watch.has_ended();  // Before reading: nothing is missed.
    reader.read(take);
    if (is_last) reader.read_rest(take);
    write_all(STDOUT_FILENO, text);
    text.clear();
    if (is_last) break;
    std::this_thread::sleep_for(kPollInterval);
  }
  if (!reader.has_seen_logs()) {
    write_if_possible(STDERR_FILENO, concat(run.name(),
                                            " has no such log; what a direct launch says goes to "
                                            "the terminal of its mpirun\n"));
  }
  if (options.follow) say_the_end(run);
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
