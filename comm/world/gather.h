// all_gather, broadcast and barrier: the operations that add nothing.
#pragma once

#include <span>

#include "comm/world/world.h"

namespace muster::comm {

/// Arguments of all three are as for the Communicator, checked already.
void all_gather(World& world, const Buffer& whole, std::span<const ElementRange> owned,
                const Call& call);

/// Between nodes: a binomial tree, rooted in the node of `root`.
void broadcast(World& world, const Buffer& buffer, int root, const Call& call);

/// Between nodes: dissemination among the first ranks of the nodes, in log2(nodes) rounds.
void barrier(World& world, const Call& call);

}  // namespace muster::comm
