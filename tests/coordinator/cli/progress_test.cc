#include "coordinator/cli/progress.h"

#include <gtest/gtest.h>

#include <cmath>

namespace muster::coordinator::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Clock::time_point kStart{seconds(1000)};
const TrainingSize kSize{.total_steps = 120, .steps_per_epoch = 12, .train_samples = 1200};

wire::MetricsLine train_line(std::int64_t step) {
  return {step, static_cast<double>(step) / 12, {{"train/loss", 1.0 / static_cast<double>(step)}}};
}

wire::MetricsLine eval_line(std::int64_t step, std::map<std::string, double> values) {
  return {step, static_cast<double>(step) / 12, std::move(values)};
}

TEST(Progress, KnowsNoSpeedBeforeTwoStepsWereSeen) {
  Progress progress(kSize, kStart);
  EXPECT_FALSE(progress.view(kStart).has_steps);
  progress.metrics(train_line(1), kStart + seconds(1));
  const ProgressView view = progress.view(kStart + seconds(1));
  EXPECT_TRUE(view.has_steps);
  EXPECT_EQ(view.step, 1);
  EXPECT_FALSE(view.samples_per_second.has_value());
  EXPECT_FALSE(view.seconds_left.has_value());
}

// Ten steps a second, a hundred samples each.
TEST(Progress, SpeedAndRemainingTimeComeFromObservedSteps) {
  Progress progress(kSize, kStart);
  for (int step = 1; step <= 20; ++step) {
    progress.metrics(train_line(step), kStart + milliseconds(100) * step);
  }
  const ProgressView view = progress.view(kStart + seconds(2));
  EXPECT_NEAR(view.samples_per_second.value(), 1000, 1);
  EXPECT_NEAR(view.seconds_left.value(), 10, 0.01);
  EXPECT_DOUBLE_EQ(view.total_epochs, 10);
}

TEST(Progress, RemainingTimeRunsDownBetweenSteps) {
  Progress progress(kSize, kStart);
  progress.metrics(train_line(10), kStart + seconds(1));
  progress.metrics(train_line(20), kStart + seconds(2));
  EXPECT_NEAR(progress.view(kStart + seconds(2)).seconds_left.value(), 10, 0.01);
  EXPECT_NEAR(progress.view(kStart + seconds(5)).seconds_left.value(), 7, 0.01);
  EXPECT_DOUBLE_EQ(progress.view(kStart + seconds(60)).seconds_left.value(), 0);
}

TEST(Progress, NothingRemainsAfterTheLastStep) {
  Progress progress(kSize, kStart);
  progress.metrics(train_line(110), kStart + seconds(1));
  progress.metrics(train_line(120), kStart + seconds(2));
  EXPECT_TRUE(progress.view(kStart + seconds(2)).samples_per_second.has_value());
  EXPECT_FALSE(progress.view(kStart + seconds(2)).seconds_left.has_value());
}

// One step a second at first, then ten: after ten seconds only the new speed counts.
TEST(Progress, OldStepsAreForgotten) {
  Progress progress({.total_steps = 1000, .steps_per_epoch = 12, .train_samples = 1200}, kStart);
  auto now = kStart;
  for (int step = 1; step <= 20; ++step) {
    progress.metrics(train_line(step), now += seconds(1));
  }
  for (int step = 21; step <= 250; ++step) {
    progress.metrics(train_line(step), now += milliseconds(100));
  }
  EXPECT_NEAR(progress.view(now).samples_per_second.value(), 1000, 20);
}

// Workers that had no coordinator send all they have done at once.
TEST(Progress, StepsThatWereDoneBeforeCountForNoSpeed) {
  Progress progress({.total_steps = 2000, .steps_per_epoch = 12, .train_samples = 1200}, kStart);
  const auto measured_line = [](int step) {
    wire::MetricsLine line = train_line(step);
    line.values["perf/samples_per_second"] = 1000;
    return line;
  };
  progress.metrics(measured_line(10), kStart);
  auto now = kStart + seconds(1);
  for (int step = 20; step <= 1000; step += 10) progress.metrics(measured_line(step), now);
  EXPECT_FALSE(progress.view(now).samples_per_second.has_value());
  for (int step = 1001; step <= 1020; ++step) {
    progress.metrics(measured_line(step), now += milliseconds(100));
  }
  EXPECT_NEAR(progress.view(now).samples_per_second.value(), 1000, 1);
}

TEST(Progress, StepsDoneAgainStartTheSpeedAnew) {
  Progress progress(kSize, kStart);
  progress.metrics(train_line(50), kStart + seconds(1));
  progress.metrics(train_line(60), kStart + seconds(2));
  progress.metrics(train_line(55), kStart + seconds(10));
  EXPECT_EQ(progress.view(kStart + seconds(10)).step, 55);
  EXPECT_FALSE(progress.view(kStart + seconds(10)).samples_per_second.has_value());
  progress.metrics(train_line(56), kStart + seconds(11));
  EXPECT_NEAR(progress.view(kStart + seconds(11)).samples_per_second.value(), 100, 1);
}

TEST(Progress, SaysSinceWhenAStepIsOverdue) {
  Progress progress(kSize, kStart);
  progress.metrics(train_line(1), kStart + seconds(1));
  progress.metrics(train_line(2), kStart + seconds(2));
  EXPECT_FALSE(progress.view(kStart + seconds(6)).seconds_silent.has_value());
  EXPECT_NEAR(progress.view(kStart + seconds(9)).seconds_silent.value(), 7, 0.01);
}

// Lines every ten seconds: a silence of twenty is nothing to speak of.
TEST(Progress, RareLinesAreNoSilence) {
  Progress progress(kSize, kStart);
  progress.metrics(train_line(10), kStart + seconds(10));
  progress.metrics(train_line(20), kStart + seconds(20));
  EXPECT_FALSE(progress.view(kStart + seconds(40)).seconds_silent.has_value());
}

TEST(Progress, HighestAccuracyIsBest) {
  Progress progress(kSize, kStart);
  EXPECT_TRUE(
      progress.metrics(eval_line(12, {{"eval/accuracy", 0.9}, {"eval/loss", 1}}), kStart)->is_best);
  EXPECT_FALSE(
      progress.metrics(eval_line(24, {{"eval/accuracy", 0.8}, {"eval/loss", 0.5}}), kStart)
          ->is_best);
  EXPECT_TRUE(progress.metrics(eval_line(36, {{"eval/accuracy", 0.95}, {"eval/loss", 2}}), kStart)
                  ->is_best);
  EXPECT_EQ(progress.best()->step, 36);
}

TEST(Progress, LowestLossIsBestWithoutAccuracy) {
  Progress progress(kSize, kStart);
  progress.metrics(eval_line(12, {{"eval/loss", 1}}), kStart);
  EXPECT_FALSE(progress.metrics(eval_line(24, {{"eval/loss", 2}}), kStart)->is_best);
  EXPECT_TRUE(progress.metrics(eval_line(36, {{"eval/loss", 0.5}}), kStart)->is_best);
}

TEST(Progress, AnythingIsBetterThanNoNumber) {
  Progress progress(kSize, kStart);
  progress.metrics(eval_line(12, {{"eval/loss", std::nan("")}}), kStart);
  EXPECT_TRUE(progress.metrics(eval_line(24, {{"eval/loss", 3}}), kStart)->is_best);
  EXPECT_FALSE(progress.metrics(eval_line(36, {{"eval/loss", std::nan("")}}), kStart)->is_best);
}

TEST(Progress, TrainingLinesAreNoEvaluations) {
  Progress progress(kSize, kStart);
  EXPECT_FALSE(progress.metrics(train_line(1), kStart).has_value());
  EXPECT_FALSE(progress.best().has_value());
}

}  // namespace
}  // namespace muster::coordinator::cli
