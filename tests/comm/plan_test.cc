// Who does what between nodes, and which layouts are refused.
#include "comm/network/plan.h"

#include <gtest/gtest.h>

#include "comm/node_layout.h"
#include "comm/reduce_layout.h"
#include "comm/world/reduce_tree.h"
#include "common/error.h"

namespace muster::comm {
namespace {

NodeLayout three_ranks_on_two_nodes() { return layout_in_groups({.index = 0, .count = 3}, 2); }

TEST(ReductionPlan, WhatTwoNodesWantIsDividedBetweenThem) {
  // Ranks 0 and 1 share a node and want halves; rank 2 is alone and wants everything.
  const std::vector<ElementRange> wanted = {{0, 64}, {64, 128}, {0, 128}};
  const std::vector<ReduceTask> expected = {
      {{0, 32}, 0, {2}}, {{32, 64}, 2, {0}}, {{64, 96}, 1, {2}}, {{96, 128}, 2, {1}}};
  EXPECT_EQ(plan_reduction(wanted, three_ranks_on_two_nodes(), {0, 128}), expected);
}

TEST(ReductionPlan, OnlyTheWindowIsPlannedAndNobodyAddsWhatNobodyWants) {
  const std::vector<ElementRange> wanted = {{0, 10}, {20, 40}, {0, 0}};
  const std::vector<ReduceTask> expected = {{{5, 10}, 0, {}}, {{20, 30}, 1, {}}};
  EXPECT_EQ(plan_reduction(wanted, three_ranks_on_two_nodes(), {5, 30}), expected);
}

TEST(GatherPlan, EveryNodeIsSentWhatItLacksOnce) {
  const std::vector<ElementRange> owned = {{0, 10}, {10, 20}, {5, 30}};
  const std::vector<GatherTask> expected = {{{0, 5}, 0, 2}, {{20, 30}, 2, 0}};
  EXPECT_EQ(plan_gather(owned, three_ranks_on_two_nodes(), {0, 40}), expected);
}

TEST(Pieces, AreDisjointCoverTheRangeAndBeginOnCacheLines) {
  for (const std::int64_t size : {0, 1, 15, 16, 17, 1000}) {
    for (const int count : {1, 2, 3, 7}) {
      std::int64_t next = 5;
      for (int index = 0; index < count; ++index) {
        const ElementRange piece = piece_of({5, 5 + size}, index, count);
        EXPECT_EQ(piece.begin, next);
        EXPECT_TRUE((piece.begin - 5) % 16 == 0 || piece.begin == 5 + size);
        next = piece.end;
      }
      EXPECT_EQ(next, 5 + size);
    }
  }
}

TEST(Counterparts, AreRanksOfTheSamePlaceWhereThereIsOne) {
  const NodeLayout nodes = layout_in_groups({.index = 0, .count = 5}, 3);  // 0 1 2 | 3 4
  EXPECT_EQ(counterpart(nodes, 1, 0), 3);
  EXPECT_EQ(counterpart(nodes, 1, 1), 4);
  EXPECT_EQ(counterpart(nodes, 1, 2), 3);
  EXPECT_EQ(counterpart(nodes, 0, 4), 1);
}

// Lanes 0 to 5 on two nodes: the first has 0-1, 2 and 3; the second 4 and 5. It makes [0, 4) and
// [4, 6).
TEST(ReduceTree, NodesMergeTheirPartsIntoTheFewestTreeNodes) {
  const std::vector<LaneRange> lanes = {{0, 3}, {3, 4}, {4, 6}};
  const ReduceTree tree(6, lanes, three_ranks_on_two_nodes());
  EXPECT_EQ(tree.parts_of_local_rank(), (std::vector<int>{2, 1}));
  EXPECT_EQ(tree.parts_max(), 2);
  EXPECT_EQ(tree.merged_parts_of(1), 1);
  using enum TreeStep::Kind;
  const std::vector<TreeStep> merge = {{push, 0}, {push, 1}, {push, 2}, {add}, {add}};
  EXPECT_EQ(tree.merges(), std::vector<ReduceTree::Program>{merge});
  const std::vector<TreeStep> total = {{push, 0}, {push, 1}, {push, 2}, {add},
                                       {add},     {push, 3}, {add}};
  EXPECT_EQ(tree.total(), total);
}

TEST(NodeLayouts, GroupsAreConsecutiveAndTheLastMayBeSmaller) {
  const NodeLayout nodes = layout_in_groups({.index = 4, .count = 5}, 2);
  EXPECT_EQ(nodes.ranks_of_node, (std::vector<std::vector<int>>{{0, 1}, {2, 3}, {4}}));
  EXPECT_EQ(nodes.node, 2);
  EXPECT_EQ(nodes.local_rank, 0);
  EXPECT_THROW(layout_in_groups({.index = 0, .count = 2}, 0), Error);
}

TEST(NodeLayouts, RanksOfAHostMustStandTogether) {
  const NodeLayout nodes = layout_by_host({.index = 2, .count = 3}, {"a", "b", "b"});
  EXPECT_EQ(nodes.ranks_of_node, (std::vector<std::vector<int>>{{0}, {1, 2}}));
  EXPECT_EQ(nodes.local_rank, 1);
  try {
    layout_by_host({.index = 0, .count = 3}, {"a", "b", "a"});
    FAIL() << "accepted ranks in turn";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
  }
}

TEST(ReduceLayouts, WrongOnesAreRefused) {
  const auto make = [](std::vector<LaneRange> lanes, std::vector<ElementRange> wanted,
                       DType dtype) {
    return ReduceLayout(4, std::move(lanes), 10, dtype, std::move(wanted));
  };
  EXPECT_NO_THROW(make({{0, 2}, {2, 4}}, {{0, 5}, {5, 10}}, DType::float32));
  EXPECT_THROW(make({{0, 2}, {3, 4}}, {{0, 5}, {5, 10}}, DType::float32), Error);
  EXPECT_THROW(make({{0, 4}, {4, 4}}, {{0, 5}, {5, 10}}, DType::float32), Error);
  EXPECT_THROW(make({{0, 2}, {2, 3}}, {{0, 5}, {5, 10}}, DType::float32), Error);
  EXPECT_THROW(make({{0, 2}, {2, 4}}, {{0, 5}, {5, 11}}, DType::float32), Error);
  EXPECT_THROW(make({{0, 2}, {2, 4}}, {{0, 10}}, DType::float32), Error);
  EXPECT_THROW(make({{0, 2}, {2, 4}}, {{0, 5}, {5, 10}}, DType::int64), Error);
}

TEST(ReduceLayouts, DigestsTellLayoutsApart) {
  const auto digest = [](std::int64_t split, std::int64_t count, std::int64_t edge) {
    return ReduceLayout(4, {{0, split}, {split, 4}}, count, DType::float32, {{0, edge}, {edge, 10}})
        .digest();
  };
  EXPECT_EQ(digest(2, 10, 5), digest(2, 10, 5));
  EXPECT_NE(digest(2, 10, 5), digest(1, 10, 5));
  EXPECT_NE(digest(2, 10, 5), digest(2, 11, 5));
  EXPECT_NE(digest(2, 10, 5), digest(2, 10, 6));
}

}  // namespace
}  // namespace muster::comm
