// Node layouts from what is known about the ranks. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "comm/communicator.h"

namespace muster::comm {

/// Consecutive groups of `ranks_per_node` (the last one may be smaller), seen from rank.index.
/// Throws Error{invalid} unless ranks_per_node >= 1.
NodeLayout layout_in_groups(const Rank& rank, int ranks_per_node);

/// Ranks with equal `host_of_rank` share a node. Throws Error{unsupported} when they are not
/// consecutive.
NodeLayout layout_by_host(const Rank& rank, const std::vector<std::string>& host_of_rank);

}  // namespace muster::comm
