// A run as it is now, put together from its folder and the processes of this machine: what
// `muster status` and `muster list` show.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/metrics_log.h"
#include "common/run/metrics_reader.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/run/summary.h"
#include "coordinator/cli/look/journal_facts.h"

namespace muster::coordinator::cli::look {

/// Whether a process of a run is there.
enum class Life { lives, gone, unknown };  // unknown: on another host.

struct WorkerView {
  WorkerFacts facts;
  Life life = Life::unknown;
};

/// What is read, before anything is concluded from it.
struct RunFiles {
  run::Plan plan;
  std::optional<run::Summary> summary;
  run::LastMetrics metrics;
  JournalFacts journal;
  run::Writer writer = run::Writer::unknown;  // Of metrics.jsonl.
  double seconds_since_start = 0;
  double seconds_since_change = 0;  // Since the last line of metrics, else since the start.
  std::string this_host;
};

/// Where a run is: what is said about it in one line.
struct Standing {
  std::string state;   // A name of run/state.h.
  std::string reason;  // Why it is in it, or how it ended; may be empty.
  bool has_ended = false;
};

/// A run without summary and without a living process has failed, whatever its journal said last.
/// Pure.
Standing standing_of(const RunFiles& files);

/// From the speed that was measured last; nothing when there is none or the run has ended. Pure.
std::optional<double> seconds_left(const RunFiles& files);

struct RunView {
  run::RunDirectory run;
  std::chrono::system_clock::time_point started;
  RunFiles files;
  Standing standing;
  std::vector<WorkerView> workers;
  std::vector<std::int64_t> checkpoints;  // Steps, ascending.
  std::int64_t step = 0;                  // Completed.
  double epoch = 0;
  double seconds = 0;  // How long it took, or has taken until now.
};

/// Throws Error{storage} or Error{corrupt} when the folder cannot be read as a run.
RunView look_at(const run::RunDirectory& run);

}  // namespace muster::coordinator::cli::look
