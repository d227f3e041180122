// A direct launch (`mpirun -np 4 muster-worker EXP.yaml`): no coordinator. Rank 0 makes the run
// directory and writes what the coordinator otherwise writes; signals ask for a stop
// (stop_signals.h).
//
// How a user stops it: `kill -USR1 <pid of mpirun>`, which mpirun hands to every rank; the step is
// finished, a checkpoint and summary.json are written, the exit status is 0. Ctrl-C also works, but
// mpirun gives the ranks only about a second after it: what takes longer is lost. Without mpirun,
// Ctrl-C has all the time it needs. A rank that mpirun kills cannot write summary.json: a run that
// must leave one whatever happens is started with `muster run`.
#pragma once

#include <memory>
#include <string>

#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "worker/train/reporter.h"

namespace muster::worker {

struct DirectOptions {
  int rank = 0;
  bool prints_progress =
      true;  // Rank 0, on standard error: steps at most once a second, evaluations.
};

/// For rank 0: writes metrics.jsonl, prints progress, and summary.json at the end (completed or
/// stopped from finished(); failed from the destructor when there was neither).
/// For other ranks: only carries the stop request.
/// Calls throw Error{storage} when the run directory cannot be written; the destructor logs it.
class DirectReporter : public Reporter {
 public:
  /// Installs handlers for SIGINT, SIGTERM and SIGUSR1 until it is destroyed (stop_signals.h). One
  /// object at a time. The run's wall time counts from here.
  static std::unique_ptr<DirectReporter> make(const run::RunDirectory& run, const run::Plan& plan,
                                              const DirectOptions& options);

  /// Ends the run with summary.json: status failed, this reason. Rank 0 only; once.
  virtual void failed(const std::string& reason) = 0;
};

}  // namespace muster::worker
