// The first and the last lines of `muster run`. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/run/summary.h"
#include "coordinator/cli/preparation.h"
#include "coordinator/cli/progress.h"

namespace muster::coordinator::cli {

/// Before the launch: version, experiment, model, world, run folder.
std::string run_header(const Preparation& preparation, const std::string& run_folder);

/// How a run ended, besides what is in its summary.
struct RunEnd {
  const run::Summary& summary;
  std::string run_folder;  // As one would type it here.
  std::string checkpoint;  // The last one, likewise; empty for none.
  std::optional<Evaluation> best;
};

/// The result, for standard output: metrics, speed, checkpoint, hash.
std::string run_result(const RunEnd& end);

/// Why there is no result, for standard error.
std::string run_failure(const RunEnd& end);

/// What to try after a completed run, for standard error: commands ready to paste.
std::string next_steps(const Preparation& preparation, const ExperimentArguments& arguments,
                       const std::string& run_folder);

/// A command that shows the same hash with another number of workers. Empty when nothing fits.
std::string next_command(const Preparation& preparation, const ExperimentArguments& arguments);

}  // namespace muster::coordinator::cli
