// The coordinator's mind: an event and a time go in, actions and a reason come out.
//
// Pure: no socket, clock, thread or random number. Whatever happens to a run is a sequence of calls
// of this function, so all of it can be played in virtual time, in any order, and again from a seed
// (tests/coordinator/core_simulation_test.cc).
//
// A generation ends in one of three ways, and the first that is certain counts:
//  - rank 0 says Finished;
//  - a worker or the launcher dies, or stalls. The first sign of a death is often a consequence (a
//    connection that ends because mpirun kills the world), so evidence is collected until no more
//    can come, or for limits.evidence; evidence.h then picks the first failure, and recovery.h says
//    whether another generation is launched or the run has failed;
//  - a person or a batch system asks for the end (twice: at once).
#pragma once

#include "coordinator/core/actions.h"
#include "coordinator/core/state.h"

namespace muster::coordinator {

/// Never fails: what cannot be accepted is a decision with a reason and no action, or one that
/// closes the connection it came from.
Decision on(State& state, const Event& event, TimePoint now, const Limits& limits);

}  // namespace muster::coordinator
