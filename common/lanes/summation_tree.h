// The canonical binary tree over lane numbers. Every sum over lanes is made in its order, so that
// the bits of the sum do not depend on how many workers made it.
//
//   lanes [0, 6):            +               a range is split at the largest power of two
//                    +-------+-------+       below its length
//                  [0,4)           [4,6)
//                +---+---+         +-+-+
//              [0,2)   [2,4)       4   5
//              +-+-+   +-+-+
//              0   1   2   3
//
// A worker adds its own lanes in this order into the few nodes that cover its range; whoever owns
// an element adds the nodes of all workers in this order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/lanes/lane_range.h"

namespace muster {

/// A node is the range of lanes below it. Where a node of more than one lane is split:
/// begin + the largest power of two below its size. Requires size() >= 2.
std::int64_t split_point(LaneRange node);

/// The fewest nodes of the tree over [0, lanes) that together are exactly `range`, from left to
/// right.
std::vector<LaneRange> tree_cover(LaneRange range, std::int64_t lanes);

/// One instruction of the program that computes a node: what a stack machine does, in order.
/// With `parts` on the leaves: push part i, or replace the two topmost by their sum (lower +
/// upper).
struct TreeStep {
  enum class Kind : std::uint8_t { push, add };
  Kind kind;
  std::int32_t part = 0;  // Index into the parts; for push only.

  bool operator==(const TreeStep&) const = default;
};

/// The program that adds `parts` (tree nodes from left to right, together exactly [0, lanes)) to
/// the root. Throws Error{invalid} when they are not that.
std::vector<TreeStep> tree_program(std::span<const LaneRange> parts, std::int64_t lanes);

/// How many buffers of a node's size are live at once while the lanes of `range` are computed one
/// after the other and added up to tree_cover(range, lanes): what a worker must allocate.
int buffers_needed(LaneRange range, std::int64_t lanes);

}  // namespace muster
