// Work that some ranks do while the others wait for them, and that may take minutes: everyone shows
// signs of life for as long as it gets on, and no wait is longer than the communicator's timeout
// unless it does not.
#pragma once

#include <chrono>
#include <functional>

#include "comm/communicator.h"

namespace muster::worker {

/// Calls its argument whenever a piece of work is done, from any thread.
using LongWork = std::function<void(const std::function<void()>& progressed)>;

/// Runs `work` of the ranks that have some (empty: none), each on a thread of its own, and returns
/// when all of it is done. Meanwhile the ranks meet at about that interval, but only after every
/// rank that works has done another piece: who hangs is missed by all. `alive` is called at each
/// meeting, on this thread. Collective. Throws what this rank's work throws.
void work_together(comm::Communicator& communicator, const LongWork& work,
                   const std::function<void()>& alive,
                   std::chrono::milliseconds interval = std::chrono::seconds(1));

}  // namespace muster::worker
