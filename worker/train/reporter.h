// To whom a worker tells how it gets on, and who can ask it to stop: the coordinator (link/), or in
// a direct launch the run directory itself (direct/). The training knows only this interface.
#pragma once

#include <cstdint>
#include <string>

#include "common/wire/messages.h"

namespace muster::worker {

/// Calls come from the training thread and return at once: nothing here waits for a network or disk
/// that is not the run directory of a direct launch.
class Reporter {
 public:
  virtual ~Reporter() = default;

  virtual void phase(wire::Phase phase) = 0;

  /// Steps completed by the whole world so far. Called after every step.
  virtual void step_completed(std::int64_t step) = 0;

  /// Something was done (a lane, a collective): the sign of life of a long step. Cheap.
  virtual void progressed() = 0;

  /// The state after `step` steps was loaded; `source` as in wire::Restored. Called by rank 0 only,
  /// once, before the first step.
  virtual void restored(std::int64_t step, const std::string& source) = 0;

  /// Called by rank 0 only, as are the next four.
  virtual void metrics(const wire::MetricsLine& line) = 0;
  virtual void checkpoint_written(const wire::CheckpointWritten& checkpoint) = 0;
  virtual void checkpoint_failed(const wire::CheckpointFailed& failure) = 0;
  /// Something that the user should know: wire::Remark.
  virtual void remark(const std::string& text) = 0;
  virtual void finished(const wire::Finished& result) = 0;

  /// True once somebody asked this worker to finish its step and stop. Ranks may learn it at
  /// different times; they agree in the next step's reduction.
  virtual bool stop_requested() const = 0;

  /// True while there has been nobody to report to for so long that a checkpoint is worth having:
  /// whoever would start the training again after a failure may be gone for good.
  virtual bool is_alone() const = 0;
};

}  // namespace muster::worker
