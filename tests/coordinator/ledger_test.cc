// What one coordinator has kept is where the next one goes on.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/run/journal.h"
#include "coordinator/core/decide.h"
#include "coordinator/net/ledger_record.h"
#include "tests/common/temporary_folder.h"

namespace muster::coordinator {
namespace {

LedgerRecord sample() {
  return {.ledger = {.generation = 3,
                     .restarts = 2,
                     .restarts_counted = 1,
                     .forgiven_from = 67,
                     .furthest = 57,
                     .steps_redone = 4,
                     .redo_seconds = 0.5,
                     .recovery_seconds = {0.75, 1.5},
                     .wall_seconds = 40,
                     .stepping_seconds = 20,
                     .existing_seconds = 30,
                     .checkpoints = {{.step = 50, .path = "/c/step-000050", .model_sha256 = "ab"}},
                     .checkpoint_failures = {40},
                     .handover = {.was_complete = true,
                                  .has_restored = true,
                                  .steps = 57,
                                  .redo_until = 55,
                                  .is_recovering = true,
                                  .open_recoveries = 1,
                                  .stop = StopCause{15}}},
          .launcher = ProcessIdentity{.host = "n1", .pid = 4711, .start_time = 99}};
}

TEST(Ledger, ComesBackFromALineOfTheJournal) {
  LedgerRecord record = sample();
  EXPECT_EQ(ledger_in(ledger_entry(1.5, record)), record);
  for (const auto& stop : {std::optional(StopCause{}), std::optional<StopCause>()}) {
    record.ledger.handover.stop = stop;
    EXPECT_EQ(ledger_in(ledger_entry(1.5, record)), record);
  }
  record.launcher.reset();
  EXPECT_EQ(ledger_in(ledger_entry(1.5, record)), record);
  EXPECT_EQ(ledger_in({{"at", 1.0}, {"event", {{"type", "tick"}}}}), std::nullopt);
  EXPECT_EQ(ledger_in(nlohmann::json::array()), std::nullopt);
}

TEST(Ledger, DamageIsAnErrorNotAnotherNumber) {
  nlohmann::json entry = ledger_entry(1.5, sample());
  entry["event"]["furthest"] = -1;
  EXPECT_THROW(ledger_in(entry), Error);
  entry = ledger_entry(1.5, sample());
  entry["event"]["checkpoints"] = {1};
  EXPECT_THROW(ledger_in(entry), Error);
}

TEST(Ledger, TheNewestCoordinatorsLastRecordCounts) {
  const TemporaryFolder folder;
  const run::RunDirectory run(folder / "run");
  EXPECT_EQ(newest_ledger(run), std::nullopt);
  std::filesystem::create_directories(run.journal());
  LedgerRecord record = sample();
  std::string text;
  for (const Generation generation : {3, 4}) {
    record.ledger.generation = generation;
    text += run::journal_line(ledger_entry(1, record)) + "\n";
  }
  write_file_atomic(run.journal() / "9.jsonl", text);
  record.ledger.generation = 5;
  write_file_atomic(run.journal() / "10.jsonl", run::journal_line(ledger_entry(1, record)) + "\n");
  EXPECT_EQ(newest_ledger(run)->ledger.generation, 5);
  // A coordinator that died before it wrote one.
  write_file_atomic(run.journal() / "11.jsonl", "");
  EXPECT_EQ(newest_ledger(run)->ledger.generation, 5);
}

TEST(Ledger, IsWhereTheNextCoordinatorGoesOn) {
  const Ledger ledger = sample().ledger;
  State state = state_from(ledger, RunFacts{.workers = 1});
  Ledger without_handover = ledger_of(state, TimePoint(std::chrono::hours(1)));
  without_handover.handover = ledger.handover;  // Taken over by Adopted only.
  EXPECT_EQ(without_handover, ledger);

  const TimePoint now(std::chrono::hours(1));
  const Decision decision = on(state, Started{}, now, Limits{});
  EXPECT_EQ(std::get<LaunchGeneration>(decision.actions.back()).generation, 4);
  on(state,
     WorkerConnected{
         ConnectionId{1},
         {.rank = 0, .world = 1, .generation = 4, .host = "n1", .pid = 1, .version = ""}},
     now, Limits{});
  const auto say = [&](wire::Message message) {
    on(state, WorkerSpoke{ConnectionId{1}, 4, 0, std::move(message)}, now, Limits{});
  };
  say(wire::Restored{.step = 50, .source = "checkpoint step-000050"});
  say(wire::MetricsLine{.step = 58, .epoch = 0, .values = {}});
  EXPECT_EQ(state.steps, 58);
  EXPECT_EQ(state.recoveries.steps_redone, 4 + 7);
  EXPECT_EQ(state.recoveries.restarts, 2);
  EXPECT_EQ(ledger_of(state, now + std::chrono::seconds(2)).wall_seconds, ledger.wall_seconds + 2);
}

/// A successor with two workers, one second after the coordinator died at step 57 of generation 3.
struct Successor {
  explicit Successor(Handover left, bool launcher_is_running = true)
      : state(state_from(sample().ledger, RunFacts{.workers = 2})) {
    decision = on(state, Adopted{launcher_is_running, left}, now, Limits{});
  }

  void connect(int rank) {
    on(state,
       WorkerConnected{
           ConnectionId{static_cast<std::uint64_t>(rank) + 1},
           {.rank = rank, .world = 2, .generation = 3, .host = "n1", .pid = 1, .version = ""}},
       now, Limits{});
  }

  template <class A>
  bool asks_for() const {
    return std::any_of(decision.actions.begin(), decision.actions.end(),
                       [](const Action& action) { return std::holds_alternative<A>(action); });
  }

  TimePoint now{std::chrono::hours(1)};
  State state;
  Decision decision;
};

Handover in_training() {
  return {.was_complete = true, .has_restored = true, .steps = 57, .redo_until = 55};
}

TEST(Adopted, GoesOnWithoutALaunchWhenTheWorkersComeBack) {
  Successor run(in_training());
  EXPECT_FALSE(run.asks_for<LaunchGeneration>());
  run.connect(1);
  EXPECT_EQ(run.state.stage, Stage::connecting);
  run.connect(0);
  EXPECT_EQ(run.state.stage, Stage::running);
  EXPECT_EQ(run.state.generation, 3);
  on(run.state,
     WorkerSpoke{ConnectionId{1}, 3, 0, wire::MetricsLine{.step = 60, .epoch = 0, .values = {}}},
     run.now, Limits{});
  EXPECT_EQ(run.state.steps, 60);
  EXPECT_EQ(run.state.recoveries.steps_redone, 4);  // None more.
}

TEST(Adopted, LaunchesTheNextGenerationWhenTheLauncherIsGone) {
  Successor run(in_training(), false);
  EXPECT_TRUE(run.asks_for<LaunchGeneration>());
  EXPECT_EQ(run.state.generation, 4);
  EXPECT_EQ(run.state.recoveries.restarts, 3);
}

TEST(Adopted, RecoversWhenAWorkerDoesNotComeBackInTime) {
  Successor run(in_training());
  run.connect(0);
  on(run.state, Tick{}, run.now + std::chrono::seconds(29), Limits{});
  EXPECT_EQ(run.state.stage, Stage::connecting);
  on(run.state, Tick{}, run.now + std::chrono::seconds(30), Limits{});
  EXPECT_EQ(run.state.stage, Stage::recovering);
}

TEST(Adopted, DoesNotCountAFailureTwice) {
  Handover left = in_training();
  left.is_recovering = true;
  left.open_recoveries = 1;
  Successor run(left, false);
  EXPECT_TRUE(run.asks_for<LaunchGeneration>());
  EXPECT_EQ(run.state.recoveries.counted, 1);
  EXPECT_EQ(run.state.recoveries.open.size(), 1u);
}

TEST(Adopted, StillStopsARunThatWasAskedTo) {
  Handover left = in_training();
  left.stop = StopCause{15};
  Successor run(left);
  const Decision decision =
      on(run.state,
         WorkerConnected{
             ConnectionId{1},
             {.rank = 0, .world = 2, .generation = 3, .host = "n1", .pid = 1, .version = ""}},
         run.now, Limits{});
  EXPECT_TRUE(std::holds_alternative<SendStop>(decision.actions.front()));
  // Seven steps are in no checkpoint.
  Successor without_world(left, false);
  EXPECT_TRUE(without_world.asks_for<LaunchGeneration>());
  EXPECT_EQ(without_world.state.stop->deadline, without_world.now + Limits{}.grace);
}

TEST(Resumed, HasWorkedBefore) {
  State state = state_from(sample().ledger, RunFacts{.workers = 1});
  const TimePoint now(std::chrono::hours(1));
  on(state, Started{}, now, Limits{});
  on(state, LauncherExited{.generation = 4, .end = {.exit_code = 0, .signal = 9}, .reported = {}},
     now, Limits{});
  EXPECT_EQ(state.generation, 5);
  EXPECT_EQ(state.stage, Stage::connecting);
}

TEST(Resumed, IsToBeRequeuedWhenItsCheckpointIsWhereItIs) {
  for (const std::int64_t step : {57, 50}) {
    Ledger ledger = sample().ledger;
    ledger.checkpoints.back().step = step;
    State state = state_from(ledger, RunFacts{.workers = 1});
    const TimePoint now(std::chrono::hours(1));
    on(state, Started{}, now, Limits{});
    on(state, Interrupted{15}, now, Limits{});
    if (step == 57) {
      ASSERT_TRUE(state.verdict);
      EXPECT_EQ(state.verdict->exit_status, 75);
      EXPECT_EQ(state.verdict->status, run::Status::preempted);
    } else {
      EXPECT_EQ(state.stage, Stage::connecting);  // Snapshots may have more.
    }
  }
}

TEST(Ledger, ThatAStepWasDoneIsNoNews) {
  const Ledger last = sample().ledger;
  Ledger next = last;
  next.furthest += 1;
  next.steps_redone += 1;
  next.wall_seconds += 1;
  EXPECT_FALSE(is_news(last, next));
  next.generation += 1;
  EXPECT_TRUE(is_news(last, next));
}

}  // namespace
}  // namespace muster::coordinator
