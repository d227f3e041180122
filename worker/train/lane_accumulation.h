// Computes a worker's lanes one after the other and adds them up in the order of the canonical
// tree, with as few buffers as that order allows. Pure control flow: what a lane or a sum is, the
// caller says.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "common/lanes/lane_range.h"

namespace muster::worker {

struct LaneOperations {
  /// Computes `lane` into buffer `buffer`.
  std::function<void(std::int64_t lane, int buffer)> compute;
  /// buffer `to` += buffer `from`.
  std::function<void(int to, int from)> add;
};

/// Returns the buffer that holds each node of tree_cover(mine, lanes), from left to right. Uses
/// buffers 0 .. buffers_needed(mine, lanes) - 1.
std::vector<int> accumulate_lanes(LaneRange mine, std::int64_t lanes,
                                  const LaneOperations& operations);

}  // namespace muster::worker
