// The summation tree: its shape, and the promise that stands on it: the same bits for any number of
// workers.
#include "common/lanes/summation_tree.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "tests/common/expect_error.h"
#include "tests/common/lanes/print.h"

namespace muster {

namespace {

using Ranges = std::vector<LaneRange>;
using Kind = TreeStep::Kind;

Ranges single_lanes(std::int64_t lanes) {
  Ranges parts;
  for (std::int64_t lane = 0; lane < lanes; ++lane) parts.push_back({lane, lane + 1});
  return parts;
}

/// The program in short: the part's number for a push, + for an add.
std::string text_of(const std::vector<TreeStep>& program) {
  std::string text;
  for (const TreeStep& step : program) {
    text += step.kind == Kind::push ? std::to_string(step.part) : "+";
  }
  return text;
}

/// Runs the program, as the owner of an element does.
float run(const std::vector<TreeStep>& program, const std::vector<float>& parts) {
  std::vector<float> stack;
  for (const TreeStep& step : program) {
    if (step.kind == Kind::push) {
      stack.push_back(parts.at(static_cast<std::size_t>(step.part)));
    } else {
      const float upper = stack.back();
      stack.pop_back();
      stack.back() += upper;
    }
  }
  return stack.at(0);
}

/// The sum below a node, as its worker makes it.
float sum_of_node(LaneRange node, const std::vector<float>& lanes) {
  const auto begin = static_cast<std::size_t>(node.begin);
  const std::vector<float> own(lanes.begin() + node.begin, lanes.begin() + node.end);
  if (node.size() == 1) return lanes.at(begin);
  return run(tree_program(single_lanes(node.size()), node.size()), own);
}

TEST(SplitPoint, IsTheLargestPowerOfTwoBelowTheSize) {
  EXPECT_EQ(split_point({0, 2}), 1);
  EXPECT_EQ(split_point({0, 3}), 2);
  EXPECT_EQ(split_point({0, 4}), 2);
  EXPECT_EQ(split_point({0, 5}), 4);
  EXPECT_EQ(split_point({4, 6}), 5);
  EXPECT_EQ(split_point({8, 15}), 12);
}

TEST(TreeCover, IsTheFewestNodes) {
  EXPECT_EQ(tree_cover({0, 6}, 6), (Ranges{{0, 6}}));
  EXPECT_EQ(tree_cover({0, 3}, 6), (Ranges{{0, 2}, {2, 3}}));
  EXPECT_EQ(tree_cover({3, 6}, 6), (Ranges{{3, 4}, {4, 6}}));
  EXPECT_EQ(tree_cover({1, 7}, 8), (Ranges{{1, 2}, {2, 4}, {4, 6}, {6, 7}}));
  EXPECT_EQ(tree_cover({21, 42}, 64), (Ranges{{21, 22}, {22, 24}, {24, 32}, {32, 40}, {40, 42}}));
}

TEST(TreeProgram, AddsInTreeOrder) {
  EXPECT_EQ(text_of(tree_program(single_lanes(1), 1)), "0");
  EXPECT_EQ(text_of(tree_program(single_lanes(4), 4)), "01+23++");
  EXPECT_EQ(text_of(tree_program(single_lanes(6), 6)), "01+23++45++");
  const Ranges covers = {{0, 2}, {2, 3}, {3, 4}, {4, 6}};
  EXPECT_EQ(text_of(tree_program(covers, 6)), "012++3+");
}

TEST(TreeProgram, PartsThatAreNotTheTreeAreRefused) {
  const Ranges wrong[] = {
      {},
      {{0, 4}},                          // Ends early.
      {{0, 6}, {6, 7}},                  // Goes too far.
      {{0, 3}, {3, 6}},                  // Not nodes.
      {{0, 2}, {4, 6}},                  // A gap.
      {{0, 2}, {0, 2}, {2, 4}, {4, 6}},  // Twice.
      {{0, 0}, {0, 6}},                  // Empty.
      {{-1, 6}},
  };
  for (const Ranges& parts : wrong) {
    EXPECT_EQ(code_of_error([&] { tree_program(parts, 6); }), ErrorCode::invalid);
  }
}

// Promise 1 in small: the owner's sum over the covers of any number of workers has the bits of the
// sum that one worker makes over all lanes.
RC_GTEST_PROP(TreeProgram, SumHasTheSameBitsForAnyNumberOfWorkers, ()) {
  const auto lanes = *rc::gen::inRange<std::int64_t>(1, 200);
  const auto workers = *rc::gen::inRange<int>(1, static_cast<int>(lanes) + 1);
  const auto values = *rc::gen::container<std::vector<float>>(static_cast<std::size_t>(lanes),
                                                              rc::gen::arbitrary<float>());
  Ranges parts;
  std::vector<float> sums;
  for (const LaneRange& range : lanes_of_workers(lanes, workers)) {
    for (const LaneRange& node : tree_cover(range, lanes)) {
      parts.push_back(node);
      sums.push_back(sum_of_node(node, values));
    }
  }
  const float distributed = run(tree_program(parts, lanes), sums);
  const float alone = run(tree_program(single_lanes(lanes), lanes), values);
  RC_ASSERT(std::memcmp(&distributed, &alone, sizeof alone) == 0);
}

RC_GTEST_PROP(TreeCover, IsExactlyTheRangeInNodesOfTheTree, ()) {
  const auto lanes = *rc::gen::inRange<std::int64_t>(1, 3000);
  const auto begin = *rc::gen::inRange<std::int64_t>(0, lanes);
  const auto end = *rc::gen::inRange<std::int64_t>(begin + 1, lanes + 1);
  const Ranges cover = tree_cover({begin, end}, lanes);
  RC_ASSERT(cover.front().begin == begin);
  RC_ASSERT(cover.back().end == end);
  Ranges all;  // With the lanes to the left and to the right it is the whole tree.
  if (begin > 0) all = tree_cover({0, begin}, lanes);
  all.insert(all.end(), cover.begin(), cover.end());
  if (end < lanes) {
    const Ranges right = tree_cover({end, lanes}, lanes);
    all.insert(all.end(), right.begin(), right.end());
  }
  RC_ASSERT(tree_program(all, lanes).size() == 2 * all.size() - 1);
}

TEST(BuffersNeeded, AreOneMoreThanTheLogarithmForAlignedRanges) {
  EXPECT_EQ(buffers_needed({0, 1}, 4), 1);
  EXPECT_EQ(buffers_needed({0, 2}, 4), 2);
  EXPECT_EQ(buffers_needed({0, 4}, 4), 3);
  EXPECT_EQ(buffers_needed({32, 64}, 64), 6);
  EXPECT_EQ(buffers_needed({0, 64}, 64), 7);
}

TEST(BuffersNeeded, AreAFewMoreForOtherRanges) {
  EXPECT_EQ(buffers_needed({21, 42}, 64), 7);  // 64 lanes, 3 workers, boundaries not snapped.
  EXPECT_EQ(buffers_needed({24, 40}, 64), 5);  // The same, snapped.
  EXPECT_EQ(buffers_needed({1, 3}, 4), 2);
}

// Counts live buffers while the covers are computed step by step.
RC_GTEST_PROP(BuffersNeeded, AreWhatTheEvaluationUses, ()) {
  const auto lanes = *rc::gen::inRange<std::int64_t>(1, 600);
  const auto begin = *rc::gen::inRange<std::int64_t>(0, lanes);
  const auto end = *rc::gen::inRange<std::int64_t>(begin + 1, lanes + 1);
  int live = 0;
  int most = 0;
  for (const LaneRange& node : tree_cover({begin, end}, lanes)) {
    for (const TreeStep& step : tree_program(single_lanes(node.size()), node.size())) {
      live += step.kind == Kind::push ? 1 : -1;
      most = std::max(most, live);
    }
  }
  RC_ASSERT(buffers_needed({begin, end}, lanes) == most);
}

}  // namespace
}  // namespace muster
