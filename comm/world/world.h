// What every collective works with: the ranks of this node, and the network to the others.
#pragma once

#include "comm/communicator.h"
#include "comm/network/network.h"
#include "comm/node/node_group.h"

namespace muster::comm {

struct World {
  const Rank& rank;
  const NodeLayout& nodes;
  NodeGroup& node;
  Network* network;  // nullptr when all ranks are on one node.
};

/// What the ranks of several nodes move at a time. Equal on all nodes, whatever their sizes, and
/// half of a staging area: the other half takes results.
inline constexpr std::int64_t kWindowBytes = ControlSegment::kStageBytes / 2;

}  // namespace muster::comm
