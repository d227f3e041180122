#include "common/lanes/lane_range.h"

#include <algorithm>
#include <bit>

#include "common/error.h"

namespace muster {
namespace {

using Boundaries = std::vector<std::int64_t>;  // workers + 1 of them: 0, ..., lanes.

Boundaries even_boundaries(std::int64_t lanes, std::int64_t workers) {
  Boundaries boundaries;
  for (std::int64_t w = 0; w <= workers; ++w) boundaries.push_back(w * lanes / workers);
  return boundaries;
}

/// The inner boundaries at the multiples of `grain` nearest to w*lanes/workers (the larger of two
/// equally near ones).
Boundaries snapped_boundaries(std::int64_t lanes, std::int64_t workers, std::int64_t grain) {
  Boundaries boundaries = {0};
  for (std::int64_t w = 1; w < workers; ++w) {
    boundaries.push_back((2 * w * lanes + grain * workers) / (2 * grain * workers) * grain);
  }
  boundaries.push_back(lanes);
  return boundaries;
}

std::int64_t smallest_share(const Boundaries& boundaries) {
  std::int64_t smallest = boundaries.back();
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    smallest = std::min(smallest, boundaries[i] - boundaries[i - 1]);
  }
  return smallest;
}

std::int64_t largest_share(const Boundaries& boundaries) {
  std::int64_t largest = 0;
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    largest = std::max(largest, boundaries[i] - boundaries[i - 1]);
  }
  return largest;
}

/// Snapped to the largest power of two that the 10 % allow. All boundaries use the same one: the
/// largest share decides the time of a step, so uneven smaller shares cost nothing.
Boundaries best_boundaries(std::int64_t lanes, std::int64_t workers) {
  const Boundaries even = even_boundaries(lanes, workers);
  const std::int64_t limit = largest_share(even);
  for (auto grain = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(limit)));
       grain > 1; grain /= 2) {
    const Boundaries snapped = snapped_boundaries(lanes, workers, grain);
    if (smallest_share(snapped) > 0 && 10 * largest_share(snapped) <= 11 * limit) return snapped;
  }
  return even;
}

}  // namespace

std::vector<LaneRange> lanes_of_workers(std::int64_t lanes, int workers) {
  MUSTER_ASSERT(1 <= workers && workers <= lanes, "every worker needs a lane");
  const Boundaries boundaries = best_boundaries(lanes, workers);
  std::vector<LaneRange> ranges;
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    ranges.push_back({boundaries[i - 1], boundaries[i]});
  }
  return ranges;
}

}  // namespace muster
