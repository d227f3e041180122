#include "worker/direct/progress_line.h"

#include <gtest/gtest.h>

#include <limits>

namespace muster::worker {
namespace {

TEST(ProgressLine, TrainingIsSaidInAFixedOrder) {
  EXPECT_EQ(progress_line({.step = 120,
                           .epoch = 5.2174,
                           .values = {{"train/grad_norm", 0.71},
                                      {"train/loss", 0.3125},
                                      {"train/lr", 0.0029},
                                      {"perf/comm_share", 0.034},
                                      {"perf/data_share", 0},
                                      {"perf/samples_per_second", 1234.4}}},
                          230, 11.2),
            "step 120/230  epoch 5.22  loss 0.3125  lr 0.0029  grad_norm 0.71  1,234 samples/s  "
            "comm 3%  data wait 0%  eta 12s");
}

TEST(ProgressLine, OtherMetricsKeepTheirNames) {
  EXPECT_EQ(
      progress_line(
          {.step = 23, .epoch = 1, .values = {{"eval/accuracy", 0.98889}, {"eval/loss", 0.04}}},
          230),
      "step 23/230  epoch 1.00  eval/accuracy 0.9889  eval/loss 0.04");
}

TEST(ProgressLine, LossThatIsNotANumberIsShownAndAnUnknownSpeedIsNot) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(progress_line({.step = 1,
                           .epoch = 0.1,
                           .values = {{"train/loss", kNan}, {"perf/samples_per_second", kNan}}},
                          2),
            "step 1/2  epoch 0.10  loss nan");
}

}  // namespace
}  // namespace muster::worker
