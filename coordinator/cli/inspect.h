// Asks the worker about an experiment's model: `muster` itself links no libtorch and knows no
// model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/run/inspection.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {

/// muster-worker in the folder of this program. Throws Error{unavailable} when it is not there.
std::filesystem::path find_worker_program();

struct InspectionResult {
  run::Inspection inspection;     // Meaningful only without problems; may hold some of its own.
  std::vector<Problem> problems;  // Why the worker could not look at the experiment.
};

/// Runs `worker` with --inspect; blocks for as long as it takes libtorch to load, two minutes at
/// most. Throws Error{unavailable} or Error{timeout} when it cannot be asked, Error{unsupported}
/// when it answers something else than an inspection.
InspectionResult inspect(const std::filesystem::path& worker,
                         const ExperimentArguments& experiment);

}  // namespace muster::coordinator::cli
