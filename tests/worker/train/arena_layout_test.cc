#include "worker/train/arena_layout.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

const std::vector<ArenaTensor> kParameters = {
    {"a.weight", {3, 5}}, {"a.bias", {3}}, {"scale", {}}, {"b.weight", {40, 41}}};
const std::vector<ArenaTensor> kStatistics = {{"n.running_mean", {7}}, {"n.running_var", {7}}};

TEST(ArenaLayout, EveryTensorStartsOnA64ByteBoundaryAndNoneOverlap) {
  const ArenaLayout layout(kParameters, kStatistics);
  std::int64_t free_from = 0;
  for (const auto* entries : {&layout.parameters(), &layout.statistics()}) {
    for (const ArenaEntry& entry : *entries) {
      EXPECT_EQ(entry.offset * 4 % 64, 0) << entry.name;
      EXPECT_GE(entry.offset, free_from) << entry.name;
      free_from = entry.offset + entry.count;
    }
  }
  EXPECT_LE(free_from, layout.total_elements());
}

TEST(ArenaLayout, ScalarIsOneElementAndCountsFollowShapes) {
  const ArenaLayout layout(kParameters, kStatistics);
  EXPECT_EQ(layout.parameters()[0].count, 15);
  EXPECT_EQ(layout.parameters()[2].count, 1);
  EXPECT_EQ(layout.parameters()[3].count, 40 * 41);
}

TEST(ArenaLayout, ParametersAndStatisticsAreWholeBlocksSoThatNoShardMixesThem) {
  const ArenaLayout layout(kParameters, kStatistics);
  EXPECT_EQ(layout.parameter_elements() % kBlockElements, 0);
  EXPECT_EQ(layout.total_elements() % kBlockElements, 0);
  EXPECT_EQ(layout.statistics().front().offset, layout.parameter_elements());
}

TEST(ArenaLayout, WithoutStatisticsThereIsNothingBehindTheParameters) {
  const ArenaLayout layout(kParameters, {});
  EXPECT_EQ(layout.total_elements(), layout.parameter_elements());
}

TEST(ArenaLayout, ShardsCoverAllBlocksOnceAndDifferByOneAtMost) {
  const ArenaLayout layout({{"w", {100, 100}}}, {});  // 10 blocks
  for (int ranks = 1; ranks <= 12; ++ranks) {
    std::int64_t next = 0, least = layout.blocks(), greatest = 0;
    for (int rank = 0; rank < ranks; ++rank) {
      const comm::ElementRange shard = layout.shard_blocks(rank, ranks);
      EXPECT_EQ(shard.begin, next);
      next = shard.end;
      least = std::min(least, shard.size());
      greatest = std::max(greatest, shard.size());
    }
    EXPECT_EQ(next, layout.blocks());
    EXPECT_LE(greatest - least, 1);
  }
}

}  // namespace
}  // namespace muster::worker
