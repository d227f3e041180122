// What is checked and decided before a run goes on. The counterpart of preparation.h: there a run
// is made from an experiment, here the run's own experiment and plan are taken up again.
#pragma once

#include <string>
#include <vector>

#include "common/run/run_directory.h"
#include "coordinator/cli/preparation.h"

namespace muster::coordinator::cli {

/// The run's experiment with `overrides`, its data checked against the manifest of its plan, the
/// worker's opinion; the plan is the run's, for the present number of workers. Problems: also an
/// override that would change the bits of the result, and an experiment.yaml or a plan that does
/// not belong to the other. Writes nothing. Throws Error as prepare(), and Error{storage} or
/// Error{corrupt} for files of the run.
Preparation prepare_to_resume(const run::RunDirectory& run,
                              const std::vector<std::string>& overrides);

}  // namespace muster::coordinator::cli
