// Who owns which lanes.
#include "common/lanes/lane_range.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/common/lanes/print.h"

namespace muster {

namespace {

using Ranges = std::vector<LaneRange>;

std::int64_t largest(const Ranges& ranges) {
  return std::ranges::max(ranges, {}, &LaneRange::size).size();
}

TEST(LanesOfWorkers, AreEvenWhereLanesDivide) {
  EXPECT_EQ(lanes_of_workers(4, 1), (Ranges{{0, 4}}));
  EXPECT_EQ(lanes_of_workers(4, 2), (Ranges{{0, 2}, {2, 4}}));
  EXPECT_EQ(lanes_of_workers(4, 4), (Ranges{{0, 1}, {1, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(lanes_of_workers(6, 2), (Ranges{{0, 3}, {3, 6}}));
}

TEST(LanesOfWorkers, AreNearlyEvenWhereSnappingWouldCostMoreThanATenth) {
  EXPECT_EQ(lanes_of_workers(4, 3), (Ranges{{0, 1}, {1, 2}, {2, 4}}));
  EXPECT_EQ(lanes_of_workers(6, 4), (Ranges{{0, 1}, {1, 3}, {3, 4}, {4, 6}}));
}

// 21, 21 and 22 lanes: boundaries at multiples of 8 make the largest share 24, which is 9 % more.
TEST(LanesOfWorkers, AreSnappedWhereATenthAllowsIt) {
  EXPECT_EQ(lanes_of_workers(64, 3), (Ranges{{0, 24}, {24, 40}, {40, 64}}));
  EXPECT_EQ(lanes_of_workers(256, 3), (Ranges{{0, 88}, {88, 168}, {168, 256}}));
}

RC_GTEST_PROP(LanesOfWorkers, AreContiguousAndNeverEmptyAndBalanced, ()) {
  const auto lanes = *rc::gen::inRange<std::int64_t>(1, 5000);
  const auto workers =
      *rc::gen::inRange<int>(1, static_cast<int>(std::min<std::int64_t>(lanes, 300)) + 1);
  const Ranges ranges = lanes_of_workers(lanes, workers);
  RC_ASSERT(ranges.size() == static_cast<std::size_t>(workers));
  std::int64_t next = 0;
  for (const LaneRange& range : ranges) {
    RC_ASSERT(range.begin == next);
    RC_ASSERT(range.size() > 0);
    next = range.end;
  }
  RC_ASSERT(next == lanes);
  const std::int64_t even = (lanes + workers - 1) / workers;
  RC_ASSERT(10 * largest(ranges) <= 11 * even);
}

TEST(LanesOfWorkersDeathTest, MoreWorkersThanLanesIsABug) {
  EXPECT_DEATH(lanes_of_workers(2, 3), "every worker needs a lane");
  EXPECT_DEATH(lanes_of_workers(2, 0), "every worker needs a lane");
}

TEST(LaneRange, ContainsItsBeginAndNotItsEnd) {
  const LaneRange range{2, 4};
  EXPECT_EQ(range.size(), 2);
  EXPECT_FALSE(range.contains(1));
  EXPECT_TRUE(range.contains(2));
  EXPECT_FALSE(range.contains(4));
}

}  // namespace
}  // namespace muster
