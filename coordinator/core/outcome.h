// The summary of a run, from what is known when it ends.
#pragma once

#include "common/run/summary.h"
#include "coordinator/core/state.h"

namespace muster::coordinator {

/// state.verdict is set. Name and id of the run are left empty.
run::Summary summarize(const State& state, TimePoint now);

}  // namespace muster::coordinator
