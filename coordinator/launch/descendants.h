// Everything below this process, for one that is the subreaper of it: whatever dies leaves its
// children to this process. Nothing here allocates memory.
#pragma once

#include "coordinator/launch/signal_set.h"

namespace muster::coordinator {

/// Every orphan below this process becomes its child from now on (PR_SET_CHILD_SUBREAPER).
void adopt_orphans();

/// Reaps the children that have ended. True when there are others.
bool any_child_lives();

/// SIGKILL to every descendant, however deep, until none is left; five seconds at most.
void end_descendants(const SignalSet& signals);

}  // namespace muster::coordinator
