#include "worker/train/lane_accumulation.h"

#include "common/lanes/summation_tree.h"

namespace muster::worker {
namespace {

// Leaves the sum of `node` in buffer `first_free`, and everything behind it free.
void accumulate_node(LaneRange node, int first_free, const LaneOperations& operations) {
  if (node.size() == 1) {
    operations.compute(node.begin, first_free);
    return;
  }
  const std::int64_t middle = split_point(node);
  accumulate_node({node.begin, middle}, first_free, operations);
  accumulate_node({middle, node.end}, first_free + 1, operations);
  operations.add(first_free, first_free + 1);
}

}  // namespace

std::vector<int> accumulate_lanes(LaneRange mine, std::int64_t lanes,
                                  const LaneOperations& operations) {
  std::vector<int> buffers;
  for (const LaneRange node : tree_cover(mine, lanes)) {
    const int buffer = static_cast<int>(buffers.size());
    accumulate_node(node, buffer, operations);
    buffers.push_back(buffer);
  }
  return buffers;
}

}  // namespace muster::worker
