// Which failure is told when several have been seen.

#include "coordinator/core/evidence.h"

#include <gmock/gmock.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace muster::coordinator {
namespace {

using ::testing::HasSubstr;

/// What is known about one worker, and when (in ms) it was first seen.
struct Piece {
  int rank;
  int at;
  std::optional<std::string> code;  // Of a Failed message.
  std::optional<ProcessEnd> end;    // From the launcher; a lost connection goes with everything.
};

Failure failure_of(const std::vector<Piece>& pieces, std::optional<ProcessEnd> launcher = {}) {
  State state(RunFacts{.workers = 4});
  state.generation = 1;
  state.stage = Stage::running;
  state.launcher_end = launcher;
  state.workers.resize(4);
  for (const Piece& piece : pieces) {
    Worker& worker = state.workers[static_cast<std::size_t>(piece.rank)];
    worker.host = "n1";
    worker.death = Evidence{.first_sign = TimePoint(std::chrono::milliseconds(piece.at)),
                            .said = {},
                            .lost = "end of file",
                            .ended = piece.end};
    if (piece.code) {
      worker.death->said =
          wire::Failed{.code = *piece.code, .message = "words", .hint = "a hint", .step = 3};
    }
  }
  return first_failure(state);
}

constexpr ProcessEnd kKilled{.exit_code = 0, .signal = SIGKILL};

// An exception of a library (no memory) has no ErrorCode of this project.
TEST(FirstFailure, OfAnInternalErrorIsACauseThatCanPass) {
  const Failure failure = failure_of({{0, 1, {}, {}}, {1, 9, "internal", {}}});
  EXPECT_THAT(failure.reason, HasSubstr("worker 1 on n1"));
  EXPECT_TRUE(failure.can_pass);
  EXPECT_TRUE(failure.is_certain);
  EXPECT_EQ(failure.exit_status, 70);
  EXPECT_EQ(failure.how, "code internal");
}

TEST(FirstFailure, IsTheStrongestEvidenceAndThenTheEarliest) {
  struct Case {
    const char* name;
    std::vector<Piece> pieces;
    int expected;
  };
  const std::vector<Case> cases = {
      {"the earlier of two lost connections", {{0, 5, {}, {}}, {1, 4, {}, {}}}, 1},
      {"words before an earlier lost connection", {{0, 1, {}, {}}, {1, 9, "corrupt", {}}}, 1},
      {"a signal before an earlier lost connection", {{0, 1, {}, {}}, {1, 9, {}, kKilled}}, 1},
      {"a lost connection before earlier 'aborted'", {{0, 1, "aborted", {}}, {1, 9, {}, {}}}, 1},
      {"a signal before a later error", {{0, 9, "corrupt", {}}, {1, 4, {}, kKilled}}, 1},
      {"an error before a later signal", {{0, 9, {}, kKilled}, {1, 4, "storage", {}}}, 1},
      {"a lost connection before a later deadline", {{0, 9, "timeout", {}}, {1, 4, {}, {}}}, 1},
      {"an unknown code counts as words", {{0, 1, {}, {}}, {1, 9, "strange", {}}}, 1},
      {"'aborted' when there is nothing else", {{1, 4, "aborted", {}}}, 1},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(failure_of(c.pieces).excerpt->rank, c.expected) << c.name;
  }
}

TEST(FirstFailure, BlamesALauncherThatWasKilledForLostConnections) {
  const Failure failure = failure_of({{0, 1, {}, {}}, {1, 2, "aborted", {}}}, kKilled);
  EXPECT_THAT(failure.reason, HasSubstr("mpirun was killed by signal 9 (SIGKILL)"));
  EXPECT_EQ(failure.excerpt->rank, std::nullopt);
}

TEST(FirstFailure, TakesTheExitStatusFromTheWorkersError) {
  EXPECT_EQ(failure_of({{0, 1, "corrupt", {}}}).exit_status, 65);
  EXPECT_EQ(failure_of({{0, 1, "invalid", {}}}).exit_status, 78);
  EXPECT_EQ(failure_of({{0, 1, "storage", {}}}).exit_status, 74);
  EXPECT_EQ(failure_of({{0, 1, "aborted", {}}}).exit_status, 70);
  EXPECT_EQ(failure_of({{0, 1, "strange", {}}}).exit_status, 70);
  EXPECT_EQ(failure_of({{0, 1, {}, kKilled}}).exit_status, 70);
  EXPECT_EQ(failure_of({{0, 1, {}, ProcessEnd{.exit_code = 78, .signal = 0}}}).exit_status, 78);
  EXPECT_EQ(failure_of({{0, 1, {}, ProcessEnd{.exit_code = 3, .signal = 0}}}).exit_status, 70);
}

TEST(FirstFailure, IsToldInOneLine) {
  State state(RunFacts{.workers = 1});
  state.workers.resize(1);
  state.workers[0].death = Evidence{
      .first_sign = {},
      .said = wire::Failed{.code = "invalid", .message = "a\nb\x1b[2J", .hint = "", .step = 1},
      .lost = {},
      .ended = {}};
  EXPECT_EQ(first_failure(state).reason, "worker 0 failed at step 1: invalid: a b [2J");
}

TEST(MissingRanks, AreTakenTogetherAndCutOff) {
  State state(RunFacts{.workers = 1000});
  state.workers.resize(1000);
  const auto with_connected = [&](const std::vector<int>& ranks) {
    for (Worker& worker : state.workers) worker.connection.reset();
    for (const int rank : ranks)
      state.workers[static_cast<std::size_t>(rank)].connection = ConnectionId{1};
    state.connected = static_cast<int>(ranks.size());
    return missing_ranks(state);
  };
  EXPECT_EQ(with_connected({}), "0 to 999");
  EXPECT_EQ(with_connected({0, 2, 3, 999}), "1, 4 to 998");
  std::vector<int> even;
  for (int rank = 0; rank < 1000; rank += 2) even.push_back(rank);
  EXPECT_EQ(with_connected(even), "1, 3, 5, 7, 9, 11, 13, 15 and 492 more");
}

TEST(SignalText, NamesSignals) {
  EXPECT_EQ(signal_text(SIGKILL), "signal 9 (SIGKILL)");
  EXPECT_EQ(signal_text(SIGSEGV), "signal 11 (SIGSEGV)");
  EXPECT_EQ(signal_text(99), "signal 99");
}

}  // namespace
}  // namespace muster::coordinator
