// Who is named and who is evicted when workers stop getting on.

#include "coordinator/core/stalls.h"

#include <gmock/gmock.h>

#include <vector>

namespace muster::coordinator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint kNow{std::chrono::hours(1)};

struct Rank {
  int quiet_seconds;   // Since it last did something,
  int silent_seconds;  // and since it was heard of.
  std::int64_t step = 3;
  std::int64_t operations = 30;
  wire::Phase phase = wire::Phase::training;
};

State state_with(const std::vector<Rank>& ranks, milliseconds step_time = milliseconds(10)) {
  State state(RunFacts{.workers = static_cast<int>(ranks.size())});
  state.generation = 1;
  state.stage = Stage::running;
  for (const Rank& rank : ranks) {
    Worker& worker = state.workers.emplace_back();
    worker.connection = ConnectionId{state.workers.size()};
    worker.host = "n1";
    worker.phase = rank.phase;
    worker.step = rank.step;
    worker.operations = rank.operations;
    worker.last_heard = kNow - seconds(rank.silent_seconds);
    worker.last_progress = kNow - seconds(rank.quiet_seconds);
  }
  state.step_times.begin(0, kNow - 3 * step_time);
  for (int step = 1; step <= 3; ++step) {
    state.step_times.completed(step, kNow - (3 - step) * step_time);
  }
  return state;
}

TEST(Stalls, WhoIsSilentIsNamedAndTheOthersWait) {
  const Stall stall = stall_to_name(state_with({{5, 0}, {6, 6, 4, 40}, {4, 1}}), kNow, Limits{});
  EXPECT_THAT(stall.ranks, ElementsAre(1));
  EXPECT_THAT(stall.waiting, ElementsAre(0, 2));
}

TEST(Stalls, WhoIsBehindIsNamedWhenAllAreHeardOf) {
  EXPECT_THAT(stall_to_name(state_with({{5, 0, 3, 31}, {5, 0, 3, 30}}), kNow, Limits{}).ranks,
              ElementsAre(1));
  EXPECT_THAT(stall_to_name(state_with({{5, 0, 2, 31}, {5, 0, 3, 30}}), kNow, Limits{}).ranks,
              ElementsAre(0));
  EXPECT_THAT(stall_to_name(state_with({{5, 0}, {5, 0}}), kNow, Limits{}).ranks, ElementsAre(0, 1));
}

TEST(Stalls, WhoGetsOnIsNotNamedHoweverFarBehind) {
  const Stall stall = stall_to_name(state_with({{5, 0, 9, 90}, {1, 0, 1, 10}}), kNow, Limits{});
  EXPECT_THAT(stall.ranks, ElementsAre(0));
  EXPECT_THAT(stall.waiting, IsEmpty());
}

TEST(Stalls, SlowStepsAreGivenTheirTime) {
  const State fast = state_with({{29, 0}});
  EXPECT_THAT(stall_to_evict(fast, kNow, Limits{}).ranks, IsEmpty());
  EXPECT_THAT(stall_to_evict(fast, kNow + seconds(1), Limits{}).ranks, ElementsAre(0));
  const State slow = state_with({{79, 0}}, seconds(8));
  EXPECT_THAT(stall_to_evict(slow, kNow, Limits{}).ranks, IsEmpty());
  EXPECT_THAT(stall_to_evict(slow, kNow + seconds(1), Limits{}).ranks, ElementsAre(0));
  EXPECT_THAT(stall_to_name(state_with({{15, 0}}, seconds(8)), kNow, Limits{}).ranks, IsEmpty());
  Limits chosen;
  chosen.stall_timeout = seconds(2);
  EXPECT_THAT(stall_to_evict(state_with({{2, 0}, {1, 0}}, seconds(8)), kNow, chosen).ranks,
              ElementsAre(0));
}

TEST(Stalls, WhileSomebodySavesNobodyIsEvictedWhoseHeartbeatsCome) {
  const Rank saving{100, 0, 3, 30, wire::Phase::saving};
  EXPECT_THAT(stall_to_evict(state_with({saving, {100, 0}}), kNow, Limits{}).ranks, IsEmpty());
  EXPECT_THAT(stall_to_name(state_with({saving, {100, 0}}), kNow, Limits{}).ranks, IsEmpty());
  const Rank stopped{100, 100, 3, 30, wire::Phase::saving};
  EXPECT_THAT(stall_to_evict(state_with({stopped, {100, 0}}), kNow, Limits{}).ranks,
              ElementsAre(0));
  const Rank endless{600, 0, 3, 30, wire::Phase::loading};
  EXPECT_THAT(stall_to_evict(state_with({endless}), kNow, Limits{}).ranks, ElementsAre(0));
}

TEST(Stalls, WhoHasFinishedOrIsNotConnectedDoesNotStall) {
  State state = state_with({{100, 100, 3, 30, wire::Phase::finished}, {100, 100}});
  state.workers[1].connection.reset();
  EXPECT_THAT(stall_to_evict(state, kNow, Limits{}).ranks, IsEmpty());
}

TEST(StepTimes, TheMedianDoesNotMindPauses) {
  StepTimes times;
  EXPECT_EQ(times.median(), std::nullopt);
  times.begin(10, kNow);
  times.completed(10, kNow + seconds(1));
  EXPECT_EQ(times.median(), std::nullopt);
  times.completed(12, kNow + seconds(2));   // Two of a second each.
  times.completed(13, kNow + seconds(62));  // Behind an evaluation.
  times.completed(14, kNow + seconds(63));
  EXPECT_EQ(times.median(), Clock::duration(seconds(1)));
}

}  // namespace
}  // namespace muster::coordinator
