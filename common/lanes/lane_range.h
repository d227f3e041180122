// Lanes and who owns them. A lane is one of the fixed parts of every global batch: the unit of
// data-parallel work and of arithmetic. Pure integer arithmetic, shared by data (which samples),
// comm (which partial sums) and the plan.
#pragma once

#include <cstdint>
#include <vector>

namespace muster {

/// Lanes [begin, end).
struct LaneRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  bool contains(std::int64_t lane) const { return begin <= lane && lane < end; }
  bool operator==(const LaneRange&) const = default;
};

/// The lanes of every worker, in the order of ranks: contiguous, disjoint, none empty, [0, lanes)
/// together. Worker w of P gets [w*lanes/P, (w+1)*lanes/P), with boundaries moved to multiples of a
/// power of two where that makes no worker's share more than 10 % larger than the largest share
/// before: aligned ranges need fewer gradient buffers and fewer bytes between nodes.
/// Requires 1 <= workers <= lanes (asserted; validation says it to users).
std::vector<LaneRange> lanes_of_workers(std::int64_t lanes, int workers);

}  // namespace muster
