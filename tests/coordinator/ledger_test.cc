// What one coordinator has kept is where the next one goes on.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/checkpoint/generation.h"
#include "common/error.h"
#include "coordinator/core/decide.h"
#include "coordinator/net/ledger_record.h"
#include "tests/common/temporary_folder.h"

namespace muster::coordinator {
namespace {

wire::Finished stopped_after(std::int64_t steps) {
  wire::Finished finished;
  finished.stopped = true;
  finished.steps = steps;
  finished.eval = {{"accuracy", 0.5}};
  return finished;
}

LedgerRecord sample() {
  return {.coordinator = 9,
          .ledger = {.generation = 3,
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
                     .checkpoints = {20, 50},
                     .model_sha256 = "ab",
                     .checkpoint_failures = {40},
                     .handover = {.was_complete = true,
                                  .has_restored = true,
                                  .steps = 57,
                                  .redo_until = 55,
                                  .is_recovering = true,
                                  .open_recoveries = 1,
                                  .stop = StopCause{15},
                                  .finished = stopped_after(57),
                                  .ending = Ending{.status = run::Status::preempted,
                                                   .reason = "stopped after step 57",
                                                   .exit_status = 75},
                                  .has_ended = true}},
          .launcher = ProcessIdentity{.host = "n1", .pid = 4711, .start_time = 99}};
}

TEST(Ledger, ComesBackFromItsFile) {
  LedgerRecord record = sample();
  for (const auto& stop :
       {std::optional(StopCause{15}), std::optional(StopCause{}), std::optional<StopCause>()}) {
    record.ledger.handover.stop = stop;
    EXPECT_EQ(ledger_from(ledger_json(record)), record);
  }
  record.launcher.reset();
  EXPECT_EQ(ledger_from(ledger_json(record)), record);
}

TEST(Ledger, DamageIsAnErrorNotAnotherNumber) {
  nlohmann::json object = ledger_json(sample());
  object["furthest"] = -1;
  EXPECT_THROW(ledger_from(object), Error);
  object = ledger_json(sample());
  object["checkpoints"] = {"1"};
  EXPECT_THROW(ledger_from(object), Error);
  EXPECT_THROW(ledger_from(nlohmann::json::array()), Error);
}

class NewestLedger : public testing::Test {
 protected:
  NewestLedger() {
    std::filesystem::create_directories(run_.journal());
    std::filesystem::create_directories(run_.log());
    std::filesystem::create_directories(run_.checkpoints());
  }

  void keep(std::int64_t coordinator, Generation generation) const {
    write_text(run_.journal_of(coordinator), "");
    LedgerRecord record = sample();
    record.coordinator = coordinator;
    record.ledger.generation = generation;
    write_ledger(run_, record);
  }

  Generation generation() const {
    const auto record = newest_ledger(run_);
    return record ? record->ledger.generation : -1;
  }

  TemporaryFolder folder_;
  run::RunDirectory run_{folder_ / ""};
};

TEST_F(NewestLedger, IsTheOneOfTheLastCoordinatorThatKeptOne) {
  EXPECT_EQ(newest_ledger(run::RunDirectory(folder_ / "nowhere")), std::nullopt);
  EXPECT_EQ(newest_ledger(run_), std::nullopt);
  keep(9, 3);
  keep(9, 4);
  keep(10, 5);
  EXPECT_EQ(generation(), 5);
  write_text(run_.journal_of(11), "");  // A coordinator that died before it kept one.
  EXPECT_EQ(generation(), 5);
  EXPECT_EQ(newest_ledger(run_)->coordinator, 10);
}

TEST_F(NewestLedger, IsTheOneBeforeWhereTheLastIsDamaged) {
  keep(9, 3);
  keep(10, 4);
  write_text(run_.ledger_of(10), "{\"schema\": 1, \"gener");
  testing::internal::CaptureStderr();
  EXPECT_EQ(generation(), 3);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("10.ledger.json"), std::string::npos);
}

// The disk was full while generations 4 and 5 were launched: the ledger still says 3, whose mpirun
// is gone, while 5 trains on.
TEST_F(NewestLedger, KnowsOfGenerationsThatCouldNotBeWrittenDown) {
  keep(9, 3);
  write_text(run_.launcher_log(3), "");
  EXPECT_TRUE(newest_ledger(run_)->launcher);
  write_text(run_.launcher_log(4), "");
  EXPECT_EQ(generation(), 4);
  checkpoint::claim_folder(run_.checkpoints(), 5);
  EXPECT_EQ(generation(), 5);
  const LedgerRecord record = *newest_ledger(run_);
  EXPECT_FALSE(record.launcher);
  EXPECT_EQ(record.ledger.restarts, 2);
  EXPECT_FALSE(record.ledger.handover.stop);
  EXPECT_TRUE(record.ledger.handover.was_complete);
  // A successor launches the sixth, and does not take the failure for one of an installation that
  // has never worked.
  State state = state_from(record.ledger, RunFacts{.workers = 2});
  const Decision decision =
      on(state, Adopted{false, record.ledger.handover}, TimePoint(std::chrono::hours(1)), Limits{});
  EXPECT_EQ(std::get<LaunchGeneration>(decision.actions.back()).generation, 6);
}

TEST_F(NewestLedger, StaysAsSmallAsItIsHoweverOftenItIsKept) {
  keep(9, 3);
  const auto bytes = std::filesystem::file_size(run_.ledger_of(9));
  for (int i = 0; i < 100; ++i) keep(9, 3);
  EXPECT_EQ(std::filesystem::file_size(run_.ledger_of(9)), bytes);
  EXPECT_LT(bytes, 2000U);
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
  explicit Successor(Handover left, bool launcher_is_running = true,
                     const Ledger& ledger = sample().ledger)
      : state(state_from(ledger, RunFacts{.workers = 2})) {
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
    ledger.checkpoints.back() = step;
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

// A successor that finds the world gone: what its predecessor had heard and decided holds.
TEST(Adopted, EndsAsWasDecidedBefore) {
  Handover left = in_training();
  left.finished = stopped_after(57);
  left.ending = Ending{.status = run::Status::stopped, .reason = "enough", .exit_status = 0};
  Successor run(left, false);
  EXPECT_TRUE(run.asks_for<WriteSummary>());
  EXPECT_EQ(std::get<End>(run.decision.actions.back()).exit_status, 0);
  EXPECT_EQ(run.state.finished, stopped_after(57));
  // While the launcher is still there, the last worker may be heard, and changes nothing.
  Successor with_world(left);
  with_world.connect(0);
  on(with_world.state, WorkerSpoke{ConnectionId{1}, 3, 0, stopped_after(58)}, with_world.now,
     Limits{});
  EXPECT_EQ(with_world.state.finished, stopped_after(57));
  EXPECT_EQ(with_world.state.stage, Stage::ending);
  const Decision decision = on(
      with_world.state, LauncherExited{.generation = 3, .end = {.is_known = false}, .reported = {}},
      with_world.now, Limits{});
  EXPECT_EQ(std::get<End>(decision.actions.back()).exit_status, 0);
}

TEST(Adopted, KillsAWorldThatHadFailed) {
  Handover left = in_training();
  left.ending = Ending{.status = run::Status::failed, .reason = "bad data", .exit_status = 65};
  EXPECT_TRUE(Successor(left).asks_for<KillGeneration>());
}

// Nobody heard that it had finished; its checkpoint had been told of.
TEST(Adopted, AStopWhoseCheckpointIsWrittenHasSucceededWhenTheWorldIsGone) {
  Ledger ledger = sample().ledger;
  ledger.checkpoints.back() = 57;
  for (const auto& [signal, exit_status] : {std::pair{0, 0}, std::pair{15, 75}}) {
    Handover left = in_training();
    left.stop = StopCause{signal};
    Successor run(left, false, ledger);
    EXPECT_EQ(std::get<End>(run.decision.actions.back()).exit_status, exit_status);
    Successor with_world(left, true, ledger);  // It goes a moment later.
    const Decision decision =
        on(with_world.state,
           LauncherExited{.generation = 3, .end = {.is_known = false}, .reported = {}},
           with_world.now, Limits{});
    on(with_world.state, Tick{}, with_world.now + std::chrono::seconds(1), Limits{});
    EXPECT_EQ(with_world.state.verdict->exit_status, exit_status);
    Successor without_checkpoint(left, false);  // Launches a world to write it.
    EXPECT_FALSE(without_checkpoint.state.verdict);
  }
}

// Restored was confirmed, or was never heard, by a coordinator that died before it wrote it down.
TEST(Adopted, AWorkerThatTrainsHasLoadedItsState) {
  Handover left = in_training();
  left.has_restored = false;
  left.redo_until = 0;
  Successor run(left);
  run.connect(0);
  const auto beat = [&](wire::Phase phase, std::int64_t step) {
    on(run.state,
       WorkerSpoke{ConnectionId{1}, 3, 0,
                   wire::Heartbeat{.phase = phase, .step = step, .operations = step}},
       run.now, Limits{});
  };
  beat(wire::Phase::loading, 0);
  EXPECT_FALSE(run.state.restored);
  beat(wire::Phase::training, 70);
  EXPECT_EQ(run.state.steps, 70);
  beat(wire::Phase::training, 80);
  EXPECT_EQ(run.state.steps, 80);
  EXPECT_EQ(run.state.furthest, 80);
  EXPECT_EQ(run.state.recoveries.counted, 0);  // Forgiven: ten steps beyond the failure.
}

TEST(Dismissal, AWorkerOfAnOlderGenerationIsToldAndOneOfALaterIsNot) {
  Successor run(in_training());
  for (const auto& [generation, is_told] : {std::pair{2, true}, std::pair{4, false}}) {
    const Decision decision = on(run.state,
                                 WorkerConnected{ConnectionId{7},
                                                 {.rank = 0,
                                                  .world = 2,
                                                  .generation = generation,
                                                  .host = "n1",
                                                  .pid = 1,
                                                  .version = ""}},
                                 run.now, Limits{});
    ASSERT_EQ(decision.actions.size(), 1U);
    EXPECT_EQ(std::holds_alternative<DismissWorker>(decision.actions[0]), is_told);
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
