// What the coordinator knows about its run. Only decide.cc changes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/deadline.h"
#include "common/run/state.h"
#include "common/run/summary.h"
#include "common/wire/messages.h"
#include "coordinator/core/events.h"
#include "coordinator/core/step_times.h"

namespace muster::coordinator {

using TimePoint = Clock::time_point;

/// How long things may take. None of them is ever waited for without one of these.
struct Limits {
  Clock::duration connect = std::chrono::seconds(60);  // Launch -> every worker said Hello.
  Clock::duration adopt = std::chrono::seconds(30);    // Adopted -> every worker said Hello again.
  Clock::duration evidence = std::chrono::milliseconds(500);  // First sign of death -> verdict.
  Clock::duration stop = std::chrono::minutes(10);            // Stop sent -> Finished.
  Clock::duration leave = std::chrono::seconds(15);           // Finished -> launcher gone.
  Clock::duration kill = std::chrono::seconds(5);             // SIGKILL -> launcher gone.
  Clock::duration grace = std::chrono::seconds(25);           // SIGTERM, SIGUSR1 -> Finished.
  Clock::duration stall_named = std::chrono::seconds(5);      // Nothing done -> named.
  std::optional<Clock::duration> stall_timeout = {};  // Nothing done -> evicted. Empty: stalls.h.
  Clock::duration stall_uncounted = std::chrono::minutes(10);  // Where nothing counts operations.
};

/// What is known before the start and never changes.
struct RunFacts {
  int workers = 1;
  std::string launcher = "mpirun";  // As it is called in messages.
  std::int64_t steps_per_epoch = 1;
  std::int64_t samples_per_step = 1;  // The last step of an epoch may have fewer.
  std::int64_t train_samples = 1;
  std::int64_t records_skipped = 0;  // Bad records left out of the data.
  int max_restarts = 5;              // Without progress between them (recovery.h).
};

/// What speaks for the death of one worker. Pieces come in any order, from three directions.
struct Evidence {
  TimePoint first_sign;              // When the first piece came.
  std::optional<wire::Failed> said;  // Its last words.
  std::optional<std::string> lost;   // Its connection ended, and how.
  std::optional<ProcessEnd> ended;   // How its process ended, as the launcher says.
};

/// One rank of the present generation: who it is, and when it last showed life and progress.
struct Worker {
  std::optional<ConnectionId> connection;  // Empty while it has none.
  ConnectionId newest_connection{};        // The largest that it has ever had.
  std::string host;                        // Empty until its first Hello.
  std::int64_t pid = 0;
  wire::Phase phase = wire::Phase::starting;
  std::int64_t step = 0;        // Steps completed, as it last said.
  std::int64_t operations = 0;  // Its progress counter.
  TimePoint last_heard;         // Of any message.
  TimePoint last_progress;      // When `operations` last grew, or the phase changed.
  bool stall_is_named = false;  // Since last_progress.
  TimePoint phase_since;
  Clock::duration stepping{};  // Time spent in the training phase, without the present stretch.
  std::optional<Evidence> death;
};

enum class Stage {
  ready,       // Nothing has been started.
  connecting,  // Launched; not every worker has said Hello.
  running,
  recovering,  // The generation has failed; waiting for its last process to go, or for the time of
               // the next launch. Followed by connecting.
  ending,      // The verdict is known; waiting for the last process to go.
  ended,
};

/// The run has been asked to end.
struct Stop {
  StopCause cause;     // The first one.
  TimePoint deadline;  // The workers are killed then.
};

/// How the run ends. Taken once, never changed afterwards.
struct Verdict {
  run::Status status = run::Status::completed;
  std::string reason;  // One line.
  int exit_status = 0;
  TimePoint at;
};

/// What makes two failures the same one: how the world failed (whichever worker it was), and after
/// which step.
struct FailureKind {
  std::string how;                   // "signal 11", "code storage", "stalled"
  std::optional<std::int64_t> step;  // Empty: before its generation had loaded its state.

  bool operator==(const FailureKind&) const = default;
};

/// Failures, and what they have cost. recovery.cc changes it.
struct Recoveries {
  int restarts = 0;                // Launches after a failure.
  int counted = 0;                 // Of those, what counts against facts.max_restarts.
  std::int64_t forgiven_from = 0;  // From this step on nothing counts any more.
  std::optional<FailureKind> last;
  int in_a_row = 0;                     // Times that `last` has come, with no other between.
  std::vector<TimePoint> open;          // When the failures were noticed that no step has followed.
  std::vector<Clock::duration> closed;  // From noticing to the first step, for the others.
  std::int64_t steps_redone = 0;
  Clock::duration redoing{};  // Time spent on those.
};

struct State {
  explicit State(RunFacts run_facts) : facts(std::move(run_facts)) {}

  const RunFacts facts;
  Stage stage = Stage::ready;
  run::State published = run::State::queued;
  Generation generation = 0;       // 0 before the first launch.
  Clock::duration ran_before{};    // Under earlier coordinators.
  TimePoint started;               // This one. Valid after stage ready.
  TimePoint launched;              // The present generation.
  std::vector<Worker> workers;     // Index: rank. Of the present generation.
  int connected = 0;               // Workers with a connection.
  bool has_been_complete = false;  // Some generation was, with every worker connected.
  bool is_adopted = false;         // The present generation, of an earlier coordinator.
  bool launcher_is_running = false;
  std::optional<ProcessEnd> launcher_end;  // Of the present generation.
  // Of any death in the present generation. Exact when it is concluded from; earlier than that
  // after a false alarm, as long as others have not been settled.
  std::optional<TimePoint> first_sign;
  int deaths = 0;  // Workers with evidence of their death.
  // Since the present generation has loaded its state. The first needs none: it begins at step 0.
  std::optional<wire::Restored> restored;
  std::int64_t redo_until = 0;         // Up to this step it does again what others had done.
  TimePoint step_at;                   // When `steps` was last changed.
  StepTimes step_times;                // Of all generations.
  std::optional<TimePoint> launch_at;  // In stage recovering: not before.
  std::string failure;                 // In stage recovering: what has happened. One line.
  std::optional<Stop> stop;
  std::optional<TimePoint> kill_sent;  // To the present generation.
  std::optional<Verdict> verdict;      // Set: stage is ending or ended.
  std::optional<wire::Finished> finished;
  std::int64_t steps = 0;     // Completed by the present generation and before it, as it is known.
  std::int64_t furthest = 0;  // Completed by any.
  Recoveries recoveries;
  Clock::duration stepping{};  // Of all workers of earlier generations, in the training phase.
  Clock::duration existing{};  // Of the same, from launch to end.
  std::vector<wire::CheckpointWritten> checkpoints;
  std::vector<std::int64_t> checkpoint_failures;  // Steps.
};

}  // namespace muster::coordinator
