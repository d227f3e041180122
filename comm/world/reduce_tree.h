// The canonical tree over lanes, cut along the nodes: what the ranks of a node add before they
// send, and what the receiver adds. However it is cut, the additions are those of the one tree.
//
// Part: a tree node whose sum one rank brings. Merged part: a tree node whose sum a node can make
// from its own ranks' parts; the fewest that cover the lanes of all its ranks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "common/lanes/lane_range.h"
#include "common/lanes/summation_tree.h"

namespace muster::comm {

class ReduceTree {
 public:
  /// How one merged part is made: leaf i is part i of this node.
  using Program = std::vector<TreeStep>;

  /// As for ReduceLayout: `lanes_of_rank` together are [0, lanes) in the order of ranks.
  ReduceTree(std::int64_t lanes, std::span<const LaneRange> lanes_of_rank, const NodeLayout& nodes);

  /// How many parts each rank of this node brings, by local rank.
  const std::vector<int>& parts_of_local_rank() const { return parts_of_local_rank_; }

  /// The largest number of parts that any rank of the world brings.
  int parts_max() const { return parts_max_; }

  /// How this node makes its merged parts, from left to right.
  const std::vector<Program>& merges() const { return merges_; }

  /// How many merged parts a node makes.
  int merged_parts_of(int node) const { return merged_parts_[static_cast<std::size_t>(node)]; }

  /// Adds everything. Leaves: the merged parts of the nodes before this one, this node's parts, the
  /// merged parts of the nodes behind it.
  const Program& total() const { return total_; }

 private:
  std::vector<int> parts_of_local_rank_;
  int parts_max_ = 0;
  std::vector<Program> merges_;
  std::vector<int> merged_parts_;
  Program total_;
};

}  // namespace muster::comm
