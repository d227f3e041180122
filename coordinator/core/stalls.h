// Who is connected but does not get on.
//
// Every worker counts what it does (`operations`) and tells the count once a second. When one
// stops, the others soon stop too, in the next collective, and look the same. Who stopped first is
// told apart by what it lacks: a stopped process sends no heartbeat, a stuck one is behind in steps
// or operations. Where nothing tells them apart, all are named.
#pragma once

#include <string>
#include <vector>

#include "coordinator/core/state.h"

namespace muster::coordinator {

/// Workers that have done nothing for too long.
struct Stall {
  std::vector<int> ranks;    // To be blamed, ascending; not empty.
  std::vector<int> waiting;  // Quiet as well, but probably only because of those.
  Clock::duration length{};  // Of the longest silence among `ranks`.
};

/// How long a worker in the training may be quiet before it is evicted: limits.stall_timeout, or
/// the larger of 30 s and ten median steps.
Clock::duration stall_timeout(const State& state, const Limits& limits);

/// Who is to be evicted now; no ranks when nobody is. While somebody starts, loads or saves, which
/// nothing counts, only a worker without heartbeats is held to stall_timeout(); the others to
/// limits.stall_uncounted, unless limits.stall_timeout says otherwise.
Stall stall_to_evict(const State& state, TimePoint now, const Limits& limits);

/// Who is to be named now: quiet for limits.stall_named (or two median steps, where that is longer)
/// in the training or an evaluation, and not named since it last did something.
Stall stall_to_name(const State& state, TimePoint now, const Limits& limits);

/// "worker 1 on n1 (pid 101) has done nothing for 5 s (training, step 57, 1234 operations); the
/// others get on"
std::string stall_text(const State& state, const Stall& stall);

}  // namespace muster::coordinator
