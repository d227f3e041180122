#include "worker/direct/direct_reporter.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/run/summary.h"
#include "tests/worker/temporary_run.h"

namespace muster::worker {
namespace {

run::Plan plan() {
  run::Plan plan;
  plan.run_id = "0123456789abcdef";
  plan.workers = 4;
  plan.train_samples = 1437;
  plan.steps_per_epoch = 12;
  plan.total_steps = 120;
  return plan;
}

wire::Finished result() {
  return {.stopped = false,
          .steps = 120,
          .epochs = 10,
          .samples_seen = 14370,
          .eval = {{"accuracy", 0.99}},
          .model_sha256 = "abc",
          .training_samples = 14370,
          .training_seconds = 0.5,
          .snapshot_seconds = 0.005,
          .checkpoint_seconds = 0.02};
}

std::unique_ptr<DirectReporter> reporter(const TemporaryRun& run, int rank = 0) {
  return DirectReporter::make(*run, plan(), {.rank = rank, .prints_progress = false});
}

run::Summary summary_of(const TemporaryRun& run) {
  return run::read_summary(run->summary().string());
}

TEST(DirectReporter, FinishedTrainingIsACompletedRun) {
  const TemporaryRun run;
  {
    const auto rank0 = reporter(run);
    rank0->phase(wire::Phase::training);
    rank0->step_completed(120);
    rank0->checkpoint_written({.step = 60, .path = "p", .model_sha256 = "old"});
    rank0->checkpoint_written({.step = 120, .path = "q", .model_sha256 = "abc"});
    rank0->finished(result());
  }
  const run::Summary summary = summary_of(run);
  EXPECT_EQ(summary.run, run->name());
  EXPECT_EQ(summary.run_id, "0123456789abcdef");
  EXPECT_EQ(summary.status, run::Status::completed);
  EXPECT_EQ(summary.failure_reason, "");
  EXPECT_EQ(summary.steps, 120);
  EXPECT_EQ(summary.epochs, 10);
  EXPECT_EQ(summary.samples_seen, 14370);
  EXPECT_EQ(summary.eval, (std::map<std::string, double>{{"accuracy", 0.99}}));
  EXPECT_EQ(summary.model_sha256, "abc");
  EXPECT_EQ(summary.workers, 4);
  EXPECT_EQ(summary.generations, 1);
  EXPECT_EQ(summary.checkpoints, (std::vector<std::int64_t>{60, 120}));
  EXPECT_EQ(summary.samples_per_second, 14370 / 0.5);
  EXPECT_EQ(summary.worker_seconds.used, 4 * 0.5);
  EXPECT_EQ(summary.worker_seconds.lost, 0);
  EXPECT_GE(summary.wall_seconds, 0);
}

TEST(DirectReporter, StoppedTrainingIsAStoppedRun) {
  const TemporaryRun run;
  wire::Finished stopped = result();
  stopped.stopped = true;
  reporter(run)->finished(stopped);
  EXPECT_EQ(summary_of(run).status, run::Status::stopped);
}

TEST(DirectReporter, FailureKeepsWhatWasKnownBeforeIt) {
  const TemporaryRun run;
  {
    const auto rank0 = reporter(run);
    rank0->phase(wire::Phase::training);
    rank0->step_completed(6);
    rank0->metrics({.step = 6, .epoch = 0.5, .values = {{"train/loss", 1.0}, {"eval/loss", 2.0}}});
    rank0->checkpoint_written({.step = 6, .path = "p", .model_sha256 = "abc"});
    rank0->step_completed(7);
    rank0->failed("rank 0: loss is not a number");
  }
  const run::Summary summary = summary_of(run);
  EXPECT_EQ(summary.status, run::Status::failed);
  EXPECT_EQ(summary.failure_reason, "rank 0: loss is not a number");
  EXPECT_EQ(summary.steps, 7);
  EXPECT_EQ(summary.epochs, 0.5);
  EXPECT_EQ(summary.samples_seen, 719);  // 1437 / 2, rounded.
  EXPECT_EQ(summary.eval, (std::map<std::string, double>{{"loss", 2.0}}));
  EXPECT_EQ(summary.model_sha256, "abc");
}

TEST(DirectReporter, EndWithoutAResultIsAFailedRun) {
  const TemporaryRun run;
  {
    const auto rank0 = reporter(run);
    rank0->step_completed(3);
  }
  EXPECT_EQ(summary_of(run).status, run::Status::failed);
  EXPECT_NE(summary_of(run).failure_reason.find("after step 3"), std::string::npos);
}

TEST(DirectReporter, FailureAfterTheEndDoesNotChangeTheSummary) {
  const TemporaryRun run;
  const auto rank0 = reporter(run);
  rank0->finished(result());
  rank0->failed("something on the way out");
  EXPECT_EQ(summary_of(run).status, run::Status::completed);
}

TEST(DirectReporter, MetricsAreWrittenAsTheyCome) {
  const TemporaryRun run;
  const auto rank0 = reporter(run);
  rank0->metrics({.step = 1, .epoch = 0.1, .values = {{"train/loss", 2.5}}});
  rank0->metrics({.step = 2, .epoch = 0.2, .values = {{"train/loss", 1.5}}});
  std::istringstream lines(read_file(run->metrics()));
  for (const double loss : {2.5, 1.5}) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json.at("schema"), 1);
    EXPECT_EQ(json.at("generation"), 1);
    EXPECT_EQ(json.at("train/loss"), loss);
  }
}

TEST(DirectReporter, ProgressIsPlainLinesOnStandardError) {
  const TemporaryRun run;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  {
    const auto rank0 = DirectReporter::make(*run, plan(), {.rank = 0, .prints_progress = true});
    rank0->metrics({.step = 1, .epoch = 0.5, .values = {{"train/loss", 2.5}}});
    rank0->finished(result());
  }
  const std::string errors = testing::internal::GetCapturedStderr();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_TRUE(errors.starts_with("step 1/120  epoch 0.50  loss 2.5\ncompleted: 120 steps in "))
      << errors;
}

TEST(DirectReporter, OtherRanksWriteNothing) {
  const TemporaryRun run;
  {
    const auto rank1 = reporter(run, 1);
    rank1->phase(wire::Phase::training);
    rank1->step_completed(1);
    rank1->failed("it is rank 0 that tells");
  }
  EXPECT_FALSE(std::filesystem::exists(run->summary()));
  EXPECT_FALSE(std::filesystem::exists(run->metrics()));
}

TEST(DirectReporter, RunDirectoryThatCannotBeWrittenIsAnErrorOfStorage) {
  const TemporaryRun run;
  std::filesystem::create_directory(run->metrics());
  try {
    reporter(run);
    ADD_FAILURE() << "opened a folder as metrics.jsonl";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::storage);
  }
}

TEST(DirectReporter, SignalReachesEveryRank) {
  const TemporaryRun run;
  for (const int rank : {0, 1}) {
    const auto one = reporter(run, rank);
    EXPECT_FALSE(one->stop_requested()) << rank;
    std::raise(SIGUSR1);
    EXPECT_TRUE(one->stop_requested()) << rank;
  }
}

}  // namespace
}  // namespace muster::worker
