// What mpirun writes about a worker that ended badly, read back.
//
// mpirun is the parent of the workers: it alone knows their exit status. It tells in prose, at the
// end of its output, about the first one that it noticed (the others it kills itself).
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/core/events.h"

namespace muster::coordinator {

/// The worker that ended first, as the output of mpirun (4.1, or 5.0's prterun) says; empty when it
/// says nothing. Pure.
std::optional<WorkerEnd> parse_mpirun_report(std::string_view output);

}  // namespace muster::coordinator
