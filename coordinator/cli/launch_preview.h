// The launch command as `plan` shows it and plan.json records it.
#pragma once

#include <filesystem>

#include "coordinator/cli/preparation.h"
#include "coordinator/launch/mpirun.h"

namespace muster::coordinator::cli {

/// mpirun for the first generation of a run in folder `run`.
coordinator::Command launch_preview(const Preparation& preparation,
                                    const std::filesystem::path& run);

}  // namespace muster::coordinator::cli
