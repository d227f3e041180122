// Which rank adds, sends and receives which elements between nodes. Pure functions: all ranks
// compute the same plan from the same arguments.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "comm/communicator.h"

namespace muster::comm {

/// Piece `index` of `count` of a range, cut at multiples of 16 elements from its begin (64 bytes of
/// float32), so that two ranks do not write to the same cache line of an aligned buffer.
ElementRange piece_of(const ElementRange& range, int index, int count);

/// The elements that two ranges have in common; empty (begin == end) when there are none.
ElementRange overlap(const ElementRange& a, const ElementRange& b);

/// The rank of `node` that deals with rank `other` of another node: ranks of equal place on their
/// nodes, as far as the nodes are equally large.
int counterpart(const NodeLayout& nodes, int node, int other);

/// The node of a rank.
int node_of(const NodeLayout& nodes, int rank);

/// Elements that `reducer` adds up and then sends to `others`, who want them too.
struct ReduceTask {
  ElementRange range;
  int reducer = 0;
  std::vector<int> others;

  bool operator==(const ReduceTask&) const = default;
};

/// Who adds up the elements of `window` that anyone wants. Elements that one node wants are added
/// there; what several nodes want is divided among them, so that nobody adds the same twice, and
/// within a node among the ranks that want it.
std::vector<ReduceTask> plan_reduction(std::span<const ElementRange> wanted,
                                       const NodeLayout& nodes, const ElementRange& window);

/// Elements that a node lacks: sent by rank `from`, received by rank `to` of that node.
struct GatherTask {
  ElementRange range;
  int from = 0;
  int to = 0;

  bool operator==(const GatherTask&) const = default;
};

/// What travels between nodes in an all-gather of the elements of `window`, in an order that is
/// the same for all. Elements nobody owns do not travel.
std::vector<GatherTask> plan_gather(std::span<const ElementRange> owned, const NodeLayout& nodes,
                                    const ElementRange& window);

}  // namespace muster::comm
