#include "worker/train/lane_seed.h"

#include <gtest/gtest.h>

#include <set>

namespace muster::worker {
namespace {

TEST(LaneSeed, NoTwoLanesOfATrainingGetTheSameSeed) {
  std::set<std::uint32_t> seen;
  for (std::int64_t step = 0; step < 2000; ++step) {
    for (std::int64_t lane = 0; lane < 6; ++lane) seen.insert(lane_seed(7, step, lane, 6));
  }
  EXPECT_EQ(seen.size(), 12000u);
}

TEST(LaneSeed, ExperimentsWithOtherSeedsDrawOtherNumbers) {
  int equal = 0;
  for (std::int64_t step = 0; step < 1000; ++step) {
    equal += lane_seed(1, step, 0, 4) == lane_seed(2, step, 0, 4);
  }
  EXPECT_LE(equal, 1);
}

// A change here changes the bits of every experiment with dropout.
TEST(LaneSeed, ValuesAreThoseOfTheFirstRelease) {
  EXPECT_EQ(lane_seed(1, 0, 0, 4), 1000271761u);
  EXPECT_EQ(lane_seed(1, 0, 1, 4), 3311000785u);
  EXPECT_EQ(lane_seed(1, 100, 3, 4), 1672948464u);
}

}  // namespace
}  // namespace muster::worker
