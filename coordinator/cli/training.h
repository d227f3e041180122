// What `muster run` and `muster resume` have in common: the processes of a training, from the tiny
// parent to the last line on the terminal.
#pragma once

#include <functional>
#include <optional>

#include "common/run/run_directory.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/preparation.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli {

struct Training {
  run::RunDirectory run;
  const Preparation& preparation;
  std::optional<ExperimentArguments> typed;  // Of `muster run`: what to try next follows from them.
  bool json = false;                         // The result.
  std::function<void()> prepare = {};        // CoordinatorOptions::prepare.
};

/// Prints the header, trains to the end of the run, reports. Returns the exit status. Throws
/// Error{unavailable} when there is no process to be had.
int train(const Training& training, const Terminal& terminal);

}  // namespace muster::coordinator::cli
