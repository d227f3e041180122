// What is concluded from the files of a run, above all that a run whose processes are gone is not
// shown as training for ever.
#include "coordinator/cli/look/run_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coordinator/cli/look/list_report.h"
#include "coordinator/cli/look/status_report.h"

namespace muster::coordinator::cli::look {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

/// Ten epochs of twelve steps, in step 57.
RunFiles in_training() {
  RunFiles files;
  files.plan.workers = 2;
  files.plan.train_samples = 1200;
  files.plan.steps_per_epoch = 12;
  files.plan.total_steps = 120;
  files.metrics.training = wire::MetricsLine{
      .step = 57,
      .epoch = 4.75,
      .values = {
          {"train/loss", 0.25}, {"perf/samples_per_second", 1000.0}, {"perf/comm_share", 0.03}}};
  files.metrics.generation = 1;
  files.journal.coordinators = 1;
  files.journal.host = "here";
  files.journal.state = "training";
  files.journal.workers = {{0, "here", 100}, {1, "there", 101}};
  files.writer = run::Writer::lives;
  files.seconds_since_start = 60;
  files.this_host = "here";
  return files;
}

TEST(Standing, IsWhatTheJournalSaysWhileSomebodyLives) {
  const Standing standing = standing_of(in_training());
  EXPECT_EQ(standing.state, "training");
  EXPECT_FALSE(standing.has_ended);
}

TEST(Standing, IsFailedWhenNobodyLivesAndNobodySaidWhy) {
  RunFiles files = in_training();
  files.writer = run::Writer::gone;
  const Standing standing = standing_of(files);
  EXPECT_EQ(standing.state, "failed");
  EXPECT_TRUE(standing.has_ended);
  EXPECT_EQ(standing.reason,
            "its coordinator ended without a word, while training after step 57: it was killed, or "
            "its machine went down");
  files.journal = {};
  EXPECT_THAT(standing_of(files).reason, HasSubstr("its rank 0 ended without a word"));
}

TEST(Standing, IsWhatTheSummarySaysAfterTheEnd) {
  RunFiles files = in_training();
  files.writer = run::Writer::gone;
  files.summary = run::Summary{};
  files.summary->status = run::Status::stopped;
  EXPECT_EQ(standing_of(files).state, "stopped");
}

TEST(Standing, ARunThatHasJustBeenMadeIsQueued) {
  RunFiles files = in_training();
  files.metrics = {};
  files.journal = {};
  files.writer = run::Writer::unknown;  // No metrics.jsonl yet.
  files.seconds_since_start = 1;
  EXPECT_EQ(standing_of(files).state, "queued");
  files.seconds_since_start = 100;
  EXPECT_EQ(standing_of(files).state, "failed");
}

TEST(Standing, SaysWhenItCannotBeSeenWhetherItLives) {
  RunFiles files = in_training();
  files.writer = run::Writer::unknown;
  EXPECT_EQ(standing_of(files).state, "training");
  EXPECT_THAT(standing_of(files).reason, HasSubstr("cannot be seen from here"));
}

TEST(SecondsLeft, FollowFromTheLastSpeed) {
  RunFiles files = in_training();
  EXPECT_DOUBLE_EQ(*seconds_left(files), 5.25 * 1200 / 1000);
  files.writer = run::Writer::gone;
  EXPECT_FALSE(seconds_left(files).has_value());
}

TEST(JournalFacts, HoldTheWorkersOfTheLastGenerationOnly) {
  JournalFacts facts;
  for (const char* line : {
           R"({"event":{"type":"coordinator_started","host":"h","pid":9},"actions":[]})",
           R"({"event":{"type":"started"},"actions":[{"type":"launch","generation":1},
               {"type":"publish_state","state":"starting","reason":"first"}]})",
           R"({"event":{"type":"worker_connected","generation":1,"rank":1,"host":"h","pid":11}})",
           R"({"event":{"type":"worker_connected","generation":1,"rank":0,"host":"h","pid":10}})",
           R"({"event":{"type":"launcher_exited"},"actions":[{"type":"launch","generation":2},
               {"type":"publish_state","state":"recovering","reason":"again"}]})",
           R"({"event":{"type":"worker_connected","generation":2,"rank":1,"host":"h","pid":21}})",
           R"({"event":{"type":"worker_connected","generation":1,"rank":0,"host":"h","pid":10}})",
       }) {
    take(nlohmann::json::parse(line), facts);
  }
  EXPECT_EQ(facts.pid, 9);
  EXPECT_EQ(facts.generation, 2);
  EXPECT_EQ(facts.state, "recovering");
  EXPECT_EQ(facts.reason, "again");
  ASSERT_EQ(facts.workers.size(), 1u);
  EXPECT_EQ(facts.workers.front().pid, 21);
}

RunView view_of(const RunFiles& files) {
  RunView view{.run = run::RunDirectory("/r/digits-0007"),
               .started = {},
               .files = files,
               .standing = standing_of(files),
               .workers = {},
               .checkpoints = {48},
               .step = 57,
               .epoch = 4.75,
               .seconds = 60};
  view.workers = {{files.journal.workers[0], Life::lives}, {files.journal.workers[1], Life::gone}};
  return view;
}

TEST(StatusReport, SaysWhereItIsHowFastAndWhoWorks) {
  const std::string text = status_text(view_of(in_training()), "runs/digits-0007", {});
  for (const char* part :
       {"digits-0007 training\n", "progress    step 57 of 120 (47%), epoch 4.75 of 10\n",
        "training    loss 0.2500  (step 57)\n",
        "speed       1,000 samples/s, 3% in communication\n", "ETA         7s\n",
        "workers     rank 0 on here, pid 100, alive\n",
        "            rank 1 on there, pid 101, gone\n", "checkpoints step 48\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  EXPECT_THAT(text, EndsWith("muster logs runs/digits-0007 -f\n"));
}

TEST(StatusReport, AfterTheEndShowsOnlyWorkersThatShouldBeGone) {
  RunFiles files = in_training();
  files.writer = run::Writer::gone;
  const std::string text = status_text(view_of(files), "runs/digits-0007", {});
  EXPECT_THAT(text, HasSubstr("digits-0007 failed\n"));
  EXPECT_THAT(text, HasSubstr("rank 0 on here, pid 100, alive\n"));
  EXPECT_THAT(text, Not(HasSubstr("rank 1")));
  EXPECT_THAT(text, Not(HasSubstr("ETA")));
  EXPECT_THAT(text, EndsWith("muster logs runs/digits-0007\n"));
}

TEST(StatusReport, JsonHasASchemaAndNullForWhatIsNotKnown) {
  const auto json = status_json(view_of(in_training()));
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["state"], "training");
  EXPECT_EQ(json["step"], 57);
  EXPECT_TRUE(json["evaluation"].is_null());
  EXPECT_EQ(json["workers"][0]["process"], "alive");
  EXPECT_EQ(json["training"]["train/loss"], 0.25);
}

TEST(ListReport, ADamagedRunIsALineOfItsOwn) {
  const std::string text = list_text({{"broken-0001", std::nullopt, "plan.json: is not JSON"},
                                      {"digits-0007", view_of(in_training()), ""}},
                                     {});
  EXPECT_THAT(text, HasSubstr("broken-0001  unreadable"));
  EXPECT_THAT(text, HasSubstr("digits-0007  training    57/120  loss 0.2500"));
}

}  // namespace
}  // namespace muster::coordinator::cli::look
