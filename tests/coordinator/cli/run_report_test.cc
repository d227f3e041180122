#include "coordinator/cli/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/coordinator/cli/sample_preparation.h"

namespace muster::coordinator::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

run::Summary completed() {
  run::Summary summary;
  summary.run = "digits-0007";
  summary.status = run::Status::completed;
  summary.steps = 120;
  summary.epochs = 10;
  summary.samples_seen = 14370;
  summary.eval = {{"accuracy", 0.9889}, {"loss", 0.0412}};
  summary.model_sha256 = "abcd";
  summary.workers = 2;
  summary.wall_seconds = 9.81;
  summary.samples_per_second = 1467.2;
  return summary;
}

TEST(RunReport, HeaderNamesVersionWorldAndFolder) {
  const std::string text = run_header(sample_preparation(), "runs/digits-0007");
  EXPECT_THAT(text, HasSubstr("muster 0.1.0, libtorch 2.11.0\n"));
  EXPECT_THAT(text, HasSubstr("world       2 workers x 1 thread, mpirun on this machine\n"));
  EXPECT_THAT(text, HasSubstr("run folder  runs/digits-0007\n"));
  EXPECT_THAT(text, Not(HasSubstr("note")));
}

TEST(RunReport, HeaderSaysThatLanesWereDefaulted) {
  Preparation preparation = sample_preparation();
  preparation.lanes_were_set = false;
  EXPECT_THAT(run_header(preparation, "runs/x"),
              HasSubstr("note        batch.lanes is not set, so it is the number of workers"));
}

TEST(RunReport, ResultHasMetricsSpeedCheckpointAndHash) {
  const run::Summary summary = completed();
  const Evaluation best{108, 9, {{"accuracy", 0.9917}, {"loss", 0.0398}}, true};
  EXPECT_EQ(
      run_result({summary, "runs/digits-0007", "runs/digits-0007/checkpoints/step-000120", best}),
      "digits-0007 completed: 120 steps, 10 epochs, 14,370 samples in 9.81s\n"
      "accuracy    0.9889  (best 0.9917 at step 108)\n"
      "loss        0.0412\n"
      "speed       1,467 samples/s with 2 workers\n"
      "checkpoint  runs/digits-0007/checkpoints/step-000120\n"
      "sha256      abcd\n"
      "run folder  runs/digits-0007\n");
}

TEST(RunReport, LastEvaluationMayBeTheBest) {
  const run::Summary summary = completed();
  const Evaluation best{108, 9, {{"accuracy", 0.9889}}, true};
  EXPECT_THAT(run_result({summary, "runs/digits-0007", "", best}),
              HasSubstr("accuracy    0.9889  (the best)\n"));
}

TEST(RunReport, ARunThatEndedBeforeItsTimeSaysHowToGoOn) {
  run::Summary summary = completed();
  summary.status = run::Status::preempted;
  summary.restarts = 1;
  summary.steps_redone = 2;
  EXPECT_THAT(
      run_result({summary, "runs/digits-0007", "runs/digits-0007/checkpoints/step-000120", {}}),
      HasSubstr("recovered   1 restart, 2 steps redone\n"
                "run folder  runs/digits-0007\n"
                "go on       muster resume runs/digits-0007\n"));
  summary.status = run::Status::failed;
  EXPECT_THAT(run_failure({summary, "runs/digits-0007", "c", {}}),
              HasSubstr("go on       muster resume runs/digits-0007\n"));
}

TEST(RunReport, FailureSaysWhyAndWhereToLook) {
  run::Summary summary = completed();
  summary.status = run::Status::failed;
  summary.steps = 57;
  summary.failure_reason = "rank 1 on node-a was ended by signal 9";
  EXPECT_EQ(run_failure({summary, "runs/digits-0007", "", {}}),
            "error: digits-0007 failed after 57 steps: rank 1 on node-a was ended by signal 9\n"
            "checkpoint  none was written\n"
            "logs        muster logs runs/digits-0007\n");
}

struct NextCase {
  const char* what;
  int workers;
  std::int64_t lanes;
  bool lanes_were_set;
  std::vector<std::string> overrides;
  const char* expected;
};

TEST(RunReport, NextCommandChangesOnlyTheNumberOfWorkers) {
  const NextCase cases[] = {
      {"two become one", 2, 4, true, {}, "muster run configs/digits.yaml cluster.workers=1"},
      {"one becomes two", 1, 4, true, {}, "muster run configs/digits.yaml cluster.workers=2"},
      {"one lane cannot be shared", 1, 1, true, {}, ""},
      {"overrides stay, but for the workers",
       3,
       4,
       true,
       {"seed=2", "cluster.workers=3"},
       "muster run configs/digits.yaml seed=2 cluster.workers=1"},
      {"lanes that were defaulted are fixed",
       2,
       2,
       false,
       {},
       "muster run configs/digits.yaml batch.lanes=2 cluster.workers=1"},
      {"what a shell would take apart is quoted",
       2,
       4,
       true,
       {"model.channels=[8, 16]"},
       "muster run configs/digits.yaml 'model.channels=[8, 16]' cluster.workers=1"},
  };
  for (const NextCase& item : cases) {
    Preparation preparation = sample_preparation();
    preparation.plan.workers = item.workers;
    preparation.plan.lanes = item.lanes;
    preparation.lanes_were_set = item.lanes_were_set;
    EXPECT_EQ(next_command(preparation, {"configs/digits.yaml", item.overrides}), item.expected)
        << item.what;
  }
}

TEST(RunReport, NextStepsAreReadyToPaste) {
  EXPECT_EQ(next_steps(sample_preparation(), {"configs/digits.yaml", {"seed=2"}}, "runs/a b"),
            "\nThe same sha256 with another number of workers:\n"
            "  muster run configs/digits.yaml seed=2 cluster.workers=1\n"
            "\nIts curves, with TensorBoard:\n"
            "  tensorboard --logdir 'runs/a b'\n");
}

TEST(RunReport, AFastDevRunSaysSoAndNamesTheWholeTraining) {
  Preparation preparation = sample_preparation();
  preparation.experiment.fast_dev_run = true;
  EXPECT_THAT(run_header(preparation, "runs/x"), HasSubstr("note        fast_dev_run: two steps"));
  EXPECT_EQ(next_steps(preparation, {"a.yaml", {"seed=2", "fast_dev_run=true"}}, "runs/x"),
            "\nAll of it works. The whole training:\n  muster run a.yaml seed=2\n");
}

}  // namespace
}  // namespace muster::coordinator::cli
