// Who adds what in a reduction over lanes, known to all ranks alike: made once, used every step.
//
// Each rank brings one partial sum per node of tree_cover(its lanes), all of `count` elements, and
// receives the total of the elements it wants. The total is added in the order of the canonical
// tree (common/lanes/summation_tree.h), so its bits depend on the lanes only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/buffer.h"
#include "common/lanes/lane_range.h"
#include "common/lanes/summation_tree.h"

namespace muster::comm {

class ReduceLayout {
 public:
  /// `lanes_of_rank[r]` together are exactly [0, lanes), in the order of ranks. `wanted[r]` may
  /// overlap (every rank wants everything: an all-reduce; one rank of each node wants the same
  /// range: state that is kept once per node) or be empty. Throws Error{invalid} when the ranges
  /// are not as said.
  ReduceLayout(std::int64_t lanes, std::vector<LaneRange> lanes_of_rank, std::int64_t count,
               DType dtype, std::vector<ElementRange> wanted);

  std::int64_t lanes() const { return lanes_; }
  int ranks() const { return static_cast<int>(lanes_of_rank_.size()); }
  std::int64_t count() const { return count_; }
  DType dtype() const { return dtype_; }
  LaneRange lanes_of(int rank) const { return lanes_of_rank_[static_cast<std::size_t>(rank)]; }
  ElementRange wanted(int rank) const { return wanted_[static_cast<std::size_t>(rank)]; }

  /// The tree nodes whose sums rank `rank` brings, from left to right.
  std::span<const LaneRange> parts_of(int rank) const;

  /// How all parts of all ranks (rank 0's first) are added to the total.
  const std::vector<TreeStep>& program() const { return program_; }

  /// Equal for equal layouts: what ranks compare before they trust each other's parts.
  std::uint64_t digest() const { return digest_; }

 private:
  std::int64_t lanes_;
  std::vector<LaneRange> lanes_of_rank_;
  std::int64_t count_;
  DType dtype_;
  std::vector<ElementRange> wanted_;
  std::vector<std::vector<LaneRange>> parts_;
  std::vector<TreeStep> program_;
  std::uint64_t digest_ = 0;
};

}  // namespace muster::comm
