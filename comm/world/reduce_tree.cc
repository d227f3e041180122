#include "comm/world/reduce_tree.h"

#include <algorithm>

namespace muster::comm {
namespace {

void append(std::vector<LaneRange>& to, const std::vector<LaneRange>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// The program that adds those of `parts` that lie in `node`. How a range is split depends on its
// length only, so the subtree below a node is the tree over as many lanes from 0 on.
ReduceTree::Program merge_program(const LaneRange& node, const std::vector<LaneRange>& parts) {
  std::vector<LaneRange> inside;
  std::int32_t first = 0;
  for (const LaneRange& part : parts) {
    if (part.end <= node.begin) ++first;
    if (node.begin <= part.begin && part.end <= node.end) {
      inside.push_back({part.begin - node.begin, part.end - node.begin});
    }
  }
  ReduceTree::Program program = tree_program(inside, node.size());
  for (TreeStep& step : program) {
    if (step.kind == TreeStep::Kind::push) step.part += first;
  }
  return program;
}

}  // namespace

ReduceTree::ReduceTree(std::int64_t lanes, std::span<const LaneRange> lanes_of_rank,
                       const NodeLayout& nodes) {
  std::vector<LaneRange> leaves;
  for (int node = 0; node < nodes.nodes(); ++node) {
    const std::vector<int>& ranks = nodes.ranks_of_node[static_cast<std::size_t>(node)];
    std::vector<LaneRange> parts;
    for (const int rank : ranks) {
      const auto cover = tree_cover(lanes_of_rank[static_cast<std::size_t>(rank)], lanes);
      parts_max_ = std::max(parts_max_, static_cast<int>(cover.size()));
      if (node == nodes.node) parts_of_local_rank_.push_back(static_cast<int>(cover.size()));
      append(parts, cover);
    }
    const std::vector<LaneRange> merged =
        tree_cover({parts.front().begin, parts.back().end}, lanes);
    merged_parts_.push_back(static_cast<int>(merged.size()));
    append(leaves, node == nodes.node ? parts : merged);
    if (node != nodes.node) continue;
    for (const LaneRange& range : merged) merges_.push_back(merge_program(range, parts));
  }
  total_ = tree_program(leaves, lanes);
}

}  // namespace muster::comm
