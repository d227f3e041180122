// That all nodes still hold the same state: a flipped bit in memory, or a processor that computes
// wrong, shows as a difference and nowhere else.
#pragma once

#include "comm/communicator.h"
#include "worker/snapshot/state_view.h"

namespace muster::worker {

/// Compares a hash of the state between the nodes. Collective, between two steps. Throws
/// Error{corrupt} on every rank when one differs, naming the ranks of the nodes that differ from
/// the others; with two nodes there is no majority, and both are named. One node: nothing to do.
void compare_replicas(comm::Communicator& communicator, const StateView& state);

}  // namespace muster::worker
