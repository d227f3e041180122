// The summary of a run, from what is known when it ends.
#pragma once

#include "common/run/state.h"
#include "common/run/summary.h"
#include "coordinator/core/state.h"

namespace muster::coordinator {

/// The state in which a run with this status stays.
run::State final_state_of(run::Status status);

/// state.verdict is set. Name and id of the run are left empty.
run::Summary summarize(const State& state, TimePoint now);

}  // namespace muster::coordinator
