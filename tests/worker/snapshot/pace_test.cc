#include "worker/snapshot/pace.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

TEST(SnapshotPace, KeepsTheIntervalThatWasAskedFor) {
  const SnapshotPace pace(3, 1e6);
  EXPECT_FALSE(pace.is_due(2, 0));
  EXPECT_TRUE(pace.is_due(3, 0));
  EXPECT_FALSE(pace.is_due(4, 0));
  EXPECT_TRUE(pace.is_due(6, 0));
}

TEST(SnapshotPace, CostsAtMostItsShareOfTheTime) {
  SnapshotPace pace({}, 0.002);
  double now = 0;
  for (std::int64_t step = 1; step <= 10'000; ++step) {
    now += 0.01;
    if (!pace.is_due(step, now)) continue;
    const double seconds = 0.001 * static_cast<double>(1 + step % 3);
    pace.taken(seconds);
    now += seconds;
  }
  EXPECT_LE(pace.spent_seconds(), 1.05 * kSnapshotShare * now);
  EXPECT_GE(pace.spent_seconds(), 0.9 * kSnapshotShare * now);
}

TEST(SnapshotPace, OneThatCostsNothingComesAfterEveryStep) {
  SnapshotPace pace({}, 1e-9);
  for (std::int64_t step = 1; step <= 100; ++step) {
    EXPECT_TRUE(pace.is_due(step, 0.01 * static_cast<double>(step)));
    pace.taken(1e-9);
  }
}

}  // namespace
}  // namespace muster::worker
