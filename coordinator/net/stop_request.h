// The other side of a `muster stop`: talks to the coordinator of a run as somebody who is no
// worker.
#pragma once

#include <string>

#include "common/deadline.h"
#include "common/run/fence.h"

namespace muster::coordinator {

/// Asks the coordinator at `address` to end its run after the present step, with a checkpoint;
/// returns when it has understood. Throws Error{unavailable} or Error{timeout}, naming the address,
/// when it cannot be reached, Error{invalid} when it does not know the run's secret.
void ask_to_stop(const run::CoordinatorAddress& address, const std::string& secret,
                 const std::string& reason, Clock::duration patience);

}  // namespace muster::coordinator
