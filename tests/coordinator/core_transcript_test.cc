// Stories of runs as text (transcripts/*.txt): a line that happens, "----", and what the
// coordinator decides. MUSTER_REWRITE=1 writes the files anew; the difference is then read by a
// person.
//
//   start                           connect RANK [CONNECTION] [world=N] [generation=G]
//   phase RANK PHASE STEP [OPERATIONS]
//   metrics RANK STEP
//   restored STEP SOURCE
//   remark TEXT
//   checkpoint STEP                 finished STEPS [stopped]
//   failed RANK CODE STEP WORDS     lost RANK
//   exit [status=N] [signal=N] [rank=R worker_status=N worker_signal=N]
//   launch-failed WORDS             interrupt SIGNAL             stop (muster stop)
//   wait MILLISECONDS               (a tick at the end)

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "common/atomic_file.h"
#include "common/text.h"
#include "coordinator/core/decide.h"
#include "tests/coordinator/describe.h"

namespace muster::coordinator {
namespace {

wire::Phase phase_from(const std::string& name) {
  for (const wire::Phase phase :
       {wire::Phase::starting, wire::Phase::loading, wire::Phase::training, wire::Phase::evaluating,
        wire::Phase::saving, wire::Phase::finished}) {
    if (wire::to_string(phase) == name) return phase;
  }
  throw std::runtime_error("no phase " + name);
}

class Story {
 public:
  std::string play(const std::string& line) {
    words_ = std::istringstream(line);
    std::string verb;
    words_ >> verb;
    const Decision decision = on(state_, event(verb), now_, Limits{});
    for (const Action& action : decision.actions) {
      if (const auto* launch = std::get_if<LaunchGeneration>(&action)) {
        generation_ = launch->generation;
      }
    }
    return (decision.reason.empty() ? "" : decision.reason + "\n") + describe(decision.actions);
  }

 private:
  Event event(const std::string& verb) {
    if (verb == "start") return Started{};
    if (verb == "connect") return connect();
    if (verb == "lost") {
      const int rank = number();
      return ConnectionLost{connections_[rank], generation_, rank, "end of file"};
    }
    if (verb == "exit") return exit();
    if (verb == "launch-failed") return LaunchFailed{generation_, ErrorCode::unavailable, rest()};
    if (verb == "interrupt") return Interrupted{number()};
    if (verb == "stop") return StopRequested{"muster stop on n1"};
    if (verb == "wait") {
      now_ += std::chrono::milliseconds(number());
      return Tick{};
    }
    return message(verb);
  }

  Event connect() {
    wire::Hello hello{.rank = number(),
                      .world = 2,
                      .generation = generation_,
                      .host = "n1",
                      .pid = 0,
                      .version = "0"};
    hello.pid = pid_of(hello.rank);
    ConnectionId connection{static_cast<std::uint64_t>(10 * (generation_ - 1) + hello.rank + 1)};
    for (const auto& [name, value] : options()) {
      if (name == "world") hello.world = value;
      if (name == "generation") hello.generation = value;
      if (name == "pid") hello.pid = value;
      if (name == "connection") connection = ConnectionId{static_cast<std::uint64_t>(value)};
    }
    const WorkerConnected event{connection, hello};
    const bool is_new = hello.generation == generation_ && hello.pid == pid_of(hello.rank);
    if (is_new) connections_[hello.rank] = connection;
    return event;
  }

  Event exit() {
    LauncherExited event{.generation = generation_, .end = {}, .reported = {}};
    for (const auto& [name, value] : options()) {
      if (name == "status") event.end.exit_code = value;
      if (name == "signal") event.end.signal = value;
      if (name == "rank") {
        event.reported = WorkerEnd{.rank = value, .host = "n1", .pid = pid_of(value), .end = {}};
      }
      if (name == "worker_status") event.reported->end.exit_code = value;
      if (name == "worker_signal") event.reported->end.signal = value;
    }
    return event;
  }

  Event message(const std::string& verb) {
    int rank = 0;
    if (verb != "checkpoint" && verb != "finished" && verb != "restored" && verb != "remark") {
      rank = number();
    }
    WorkerSpoke event{connections_[rank], generation_, rank, wire::Stop{}};
    if (verb == "phase") {
      const auto phase = phase_from(word());
      const int step = number();
      const std::string operations = word();
      event.message =
          wire::Heartbeat{.phase = phase,
                          .step = step,
                          .operations = operations.empty() ? step : std::stoi(operations)};
    } else if (verb == "restored") {
      const int step = number();
      event.message = wire::Restored{.step = step, .source = rest()};
    } else if (verb == "remark") {
      event.message = wire::Remark{rest()};
    } else if (verb == "metrics") {
      event.message = wire::MetricsLine{.step = number(), .epoch = 0, .values = {}};
    } else if (verb == "checkpoint") {
      event.message = wire::CheckpointWritten{.step = number(), .path = "", .model_sha256 = ""};
    } else if (verb == "finished") {
      wire::Finished finished;
      finished.steps = number();
      finished.stopped = word() == "stopped";
      event.message = finished;
    } else if (verb == "failed") {
      const std::string code = word();
      const int step = number();
      event.message = wire::Failed{.code = code, .message = rest(), .hint = "", .step = step};
    } else {
      throw std::runtime_error("no such line: " + verb);
    }
    return event;
  }

  int pid_of(int rank) const { return static_cast<int>(100 * generation_) + rank; }
  std::string word() {
    std::string text;
    words_ >> text;
    return text;
  }
  int number() { return std::stoi(word()); }
  std::string rest() {
    std::string text;
    std::getline(words_ >> std::ws, text);
    return text;
  }
  std::vector<std::pair<std::string, int>> options() {
    std::vector<std::pair<std::string, int>> all;
    for (std::string text = word(); !text.empty(); text = word()) {
      const auto parts = split(text, '=');
      all.emplace_back(parts.at(0), std::stoi(parts.at(1)));
    }
    return all;
  }

  State state_{RunFacts{.workers = 2,
                        .launcher = "mpirun",
                        .steps_per_epoch = 10,
                        .samples_per_step = 4,
                        .train_samples = 38}};
  Generation generation_ = 1;
  TimePoint now_{std::chrono::hours(1)};
  std::map<int, ConnectionId> connections_;
  std::istringstream words_;
};

/// The file as it would be if everything in it were as decided now.
std::string played_again(const std::string& text) {
  Story story;
  std::string result;
  bool is_answer = false;
  for (const auto& line : split(text, '\n')) {
    if (line == "----") is_answer = true;
    if (line.empty()) is_answer = false;
    if (is_answer) continue;
    result += line + "\n";
    if (line.empty() || line.starts_with('#')) continue;
    result += "----\n" + story.play(line);
  }
  while (result.ends_with("\n\n")) result.pop_back();
  return result;
}

TEST(CoreTranscript, EveryStoryGoesAsItIsWritten) {
  int stories = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MUSTER_TRANSCRIPTS)) {
    const std::string told = read_file(entry.path());
    const std::string played = played_again(told);
    ++stories;
    if (std::getenv("MUSTER_REWRITE") != nullptr) {
      write_file_atomic(entry.path(), played);
    } else {
      EXPECT_EQ(told, played) << entry.path();
    }
  }
  EXPECT_GE(stories, 19);
}

}  // namespace
}  // namespace muster::coordinator
