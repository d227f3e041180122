// Who watches a run: the terminal. The coordinator calls it from its one thread; calls return at
// once.
#pragma once

#include <cstdint>
#include <string>

#include "common/run/plan.h"
#include "common/run/state.h"
#include "common/run/summary.h"
#include "common/wire/messages.h"

namespace muster::coordinator {

class Observer {
 public:
  virtual ~Observer() = default;

  /// The run is in a new state, and why.
  virtual void state_changed(run::State state, const std::string& reason) = 0;

  virtual void metrics(const wire::MetricsLine& line) = 0;
  virtual void checkpoint_written(const wire::CheckpointWritten& checkpoint) = 0;

  /// Something a person should read now: a worker died, a stop was asked for. One or more lines.
  virtual void notice(const std::string& text) = 0;

  /// Called about five times a second, for spinners and clocks.
  virtual void tick() = 0;

  /// The run is over; summary.json is written.
  virtual void ended(const run::Summary& summary) = 0;
};

}  // namespace muster::coordinator
