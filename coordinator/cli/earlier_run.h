// `muster run` in a job that is started again: the run that it goes on with instead of a new one.
#pragma once

#include <optional>
#include <string>

#include "common/run/run_directory.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/preparation.h"

namespace muster::coordinator::cli {

/// The batch job that this process belongs to, "slurm 4711"; empty outside of one.
std::string batch_job();

/// True when the run has ended by itself, with all its steps. Throws Error{storage} or
/// Error{corrupt} for a summary that cannot be read.
bool is_completed(const run::RunDirectory& run);

/// The unfinished run of the same experiment that is there already; nothing when there is none:
///  - in options.run_dir, when that is given;
///  - else, in a batch job that the batch system has started again (SLURM_RESTART_COUNT), the one
///    run that this job had begun.
/// Throws UsageError when options.run_dir holds a run that is completed, or of another experiment.
std::optional<run::RunDirectory> earlier_run(const RunOptions& options,
                                             const Preparation& preparation);

}  // namespace muster::coordinator::cli
