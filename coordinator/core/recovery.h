// After a failure: another generation or the end, and what the failures have cost.
//
// Whether a failure is worth another attempt:
//  - not one that is the same by construction (a worker said invalid, corrupt or unsupported), and
//    not one of an installation that has never worked (no world of this run was ever complete);
//  - one that comes while the run is being stopped, as any other: only a world can write the
//    checkpoint; but when there is one of all that had been done, the run ends;
//  - not the third of the same kind at the same step: it is deterministic;
//  - otherwise yes, facts.max_restarts times. Restarts no longer count once the training is ten
//    steps beyond the furthest one before them: a run of weeks may lose a node each day.
// The next launch comes at once; only a failure that repeats waits, 1 s, 2 s, 4 s, ... 30 s, unless
// the run is being stopped.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/core/evidence.h"
#include "coordinator/core/state.h"

namespace muster::coordinator {

/// What is to be done about a failure.
struct Remedy {
  bool recovers = false;
  Clock::duration wait{};  // Before the next launch.
  std::string why_not;     // Not recovered although it could pass; empty otherwise.
};

/// Takes the failure of the present generation in, first noticed at `noticed`.
Remedy after_failure(State& state, const Failure& failure, TimePoint noticed);

/// What all workers have spent so far.
struct WorkerTime {
  Clock::duration stepping{};  // In the training phase.
  Clock::duration existing{};  // From launch to end.
};
WorkerTime worker_time(const State& state, TimePoint now);

/// How long the run has taken so far, the time of earlier coordinators included.
Clock::duration wall_time(const State& state, TimePoint now);

/// A new generation begins.
void begin_generation(State& state, TimePoint now);

/// The present generation goes on under another coordinator than the one that launched it.
void adopt_generation(State& state, const Adopted& event, TimePoint now, const Limits& limits);

/// Its last process is gone.
void end_generation(State& state, TimePoint now);

/// The present generation goes on after message.step.
void restored(State& state, const wire::Restored& message, TimePoint now);

/// Somebody of the present generation said that `step` has been completed.
void completed(State& state, std::int64_t step, TimePoint now);

}  // namespace muster::coordinator
