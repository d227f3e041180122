#include "worker/optim/lr_schedule.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

constexpr StepScale kScale{.samples_per_epoch = 1000, .samples_per_step = 100};

TEST(LrSchedule, WarmupRisesLinearlyAndReachesThePeakAtItsLastStep) {
  config::ConstantOptions options;
  options.warmup = parse_span("4steps");
  const LrSchedule schedule(options, 0.8, 100, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(0), 0.2);
  EXPECT_DOUBLE_EQ(schedule.at(3), 0.8);
  EXPECT_DOUBLE_EQ(schedule.at(4), 0.8);
  EXPECT_DOUBLE_EQ(schedule.at(99), 0.8);
}

TEST(LrSchedule, CosineStartsAtThePeakAndIsHalfwayInTheMiddle) {
  config::CosineOptions options;
  options.final_ratio = 0.2;
  const LrSchedule schedule(options, 1, 100, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(0), 1);
  EXPECT_DOUBLE_EQ(schedule.at(50), 0.6);
  EXPECT_GT(schedule.at(99), 0.2);
  EXPECT_LT(schedule.at(99), 0.201);
}

TEST(LrSchedule, ShareOfTheDurationIsAWarmup) {
  config::CosineOptions options;
  options.warmup = parse_span("10%");
  const LrSchedule schedule(options, 1, 50, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(4), 1);
  EXPECT_DOUBLE_EQ(schedule.at(5), 1);
  EXPECT_LT(schedule.at(6), 1);
}

TEST(LrSchedule, LinearEndsAtTheFinalRatio) {
  config::LinearOptions options;
  options.warmup = parse_span("20steps");
  options.final_ratio = 0.2;
  const LrSchedule schedule(options, 2, 100, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(9), 1);
  EXPECT_DOUBLE_EQ(schedule.at(20), 2);
  EXPECT_DOUBLE_EQ(schedule.at(60), 1.2);
  EXPECT_DOUBLE_EQ(schedule.at(99), 2 * (1 - 0.8 * 79 / 80));
}

// Counted from the start of the training: the warmup does not move the falls.
TEST(LrSchedule, StepFallsByTheFactorEveryInterval) {
  config::StepOptions options;
  options.warmup = parse_span("5steps");
  options.interval = parse_span("3ep");  // 30 steps.
  options.factor = 0.5;
  const LrSchedule schedule(options, 1, 100, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(0), 0.2);
  EXPECT_DOUBLE_EQ(schedule.at(29), 1);
  EXPECT_DOUBLE_EQ(schedule.at(30), 0.5);
  EXPECT_DOUBLE_EQ(schedule.at(90), 0.125);
}

TEST(LrSchedule, StepFallsAtMilestonesInAnyOrder) {
  config::StepOptions options;
  options.milestones = {parse_span("75%"), parse_span("20steps")};
  const LrSchedule schedule(options, 1, 100, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(19), 1);
  EXPECT_DOUBLE_EQ(schedule.at(20), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(74), 0.1);
  EXPECT_DOUBLE_EQ(schedule.at(75), 0.1 * 0.1);
}

// 1% of 20 steps is no step.
TEST(LrSchedule, IntervalIsNeverLessThanAStep) {
  config::StepOptions options;
  options.interval = parse_span("1%");
  const LrSchedule schedule(options, 1, 20, kScale);
  EXPECT_DOUBLE_EQ(schedule.at(1), 0.1);
}

}  // namespace
}  // namespace muster::worker
