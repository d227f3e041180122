// The coordinator process of a run: takes a fencing number, listens, launches the world, does what
// core/ decides until the run has ended.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/run/run_directory.h"
#include "coordinator/net/observer.h"

namespace muster::coordinator {

struct CoordinatorOptions {
  std::string worker_program;  // Absolute path of muster-worker.
  bool takes_over = false;  // The coordinator before this one has died, and nobody ended the run.
  /// Called once, when the number is taken and before anything of the run is read: to write what it
  /// is to go on with. Not called when another one has a larger number. May throw Error.
  std::function<void()> prepare = {};
  std::vector<int> unheard = {};  // Signals that it may not have seen (Succession::unheard).
  /// Called once, when signals are handled and before a process is launched or taken over.
  std::function<void()> begins = {};
};

/// Runs until the end of the run; returns the exit status of `muster run`, or kGaveWay (parent.h).
/// Where a world of this run still runs on this host, it goes on with that, else it launches one.
/// The run directory holds experiment.yaml (resolved), plan.json and the secret. SIGINT asks for a
/// stop, and a second one kills the world; SIGTERM and SIGUSR1 ask for a checkpoint within
/// cluster.grace, for another job to go on from. Leaves no process and no temporary file of its
/// own. Throws Error before `begins` only.
int run_coordinator(const run::RunDirectory& run, const CoordinatorOptions& options,
                    Observer& observer);

}  // namespace muster::coordinator
