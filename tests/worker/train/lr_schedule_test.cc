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

}  // namespace
}  // namespace muster::worker
