// What one coordinator has kept is where the next one goes on.

#include <gtest/gtest.h>

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
                     .checkpoint_failures = {40}},
          .launcher = ProcessIdentity{.host = "n1", .pid = 4711, .start_time = 99}};
}

TEST(Ledger, ComesBackFromALineOfTheJournal) {
  LedgerRecord record = sample();
  EXPECT_EQ(ledger_in(ledger_entry(1.5, record)), record);
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
  EXPECT_EQ(ledger_of(state, TimePoint(std::chrono::hours(1))), ledger);

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
