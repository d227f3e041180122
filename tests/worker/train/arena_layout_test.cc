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

TEST(ArenaLayout, EveryGroupBeginsOnABlockAndTogetherTheyAreTheParameters) {
  const ArenaLayout layout({{"a", {40, 41}, 0}, {"b", {3}, 2}, {"c", {5}, 2}}, kStatistics);
  ASSERT_EQ(layout.groups().size(), 2u);
  EXPECT_EQ(layout.groups()[0].group, 0u);
  EXPECT_EQ(layout.groups()[0].elements, (comm::ElementRange{0, 2048}));
  EXPECT_EQ(layout.groups()[1].group, 2u);
  EXPECT_EQ(layout.groups()[1].elements, (comm::ElementRange{2048, 3072}));
  EXPECT_EQ(layout.parameters()[1].offset, 2048);
  EXPECT_EQ(layout.parameter_elements(), 3072);
}

TEST(ArenaLayout, FrozenParametersLieElsewhereAndCountNowhere) {
  const ArenaLayout with({{"a", {10}}}, kStatistics, {{"f", {1000, 3}}, {"g", {2}}});
  const ArenaLayout without({{"a", {10}}}, kStatistics);
  EXPECT_EQ(with.total_elements(), without.total_elements());
  EXPECT_EQ(with.frozen_elements(), 3072);
  EXPECT_EQ(with.frozen()[0].offset, 0);
  EXPECT_EQ(with.frozen()[1].offset, 3008);
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
