// The control talk between the coordinator and its workers: every message there is. Bytes and order
// of events: docs/protocol.md.
//
// Small messages only (a frame holds at most 1 MiB): plans and state travel by file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace muster::wire {

/// What a worker is doing. The states of a run (run/state.h) are made from these.
enum class Phase { starting, loading, training, evaluating, saving, finished };

// --- worker to coordinator -----------------------------------------------------------------------

/// First message after authentication, once per connection.
struct Hello {
  int rank = 0;
  int world = 0;  // Number of ranks that this worker found.
  std::int64_t generation = 0;
  std::string host;
  std::int64_t pid = 0;
  std::string version;  // Of muster-worker.

  bool operator==(const Hello&) const = default;
};

/// Every second, and at each change of phase. `operations` grows with everything the worker does
/// (collectives, lanes, reads): a worker that is connected but does not get on shows here.
struct Heartbeat {
  Phase phase = Phase::starting;
  std::int64_t step = 0;  // Steps completed.
  std::int64_t operations = 0;

  bool operator==(const Heartbeat&) const = default;
};

/// The state that a generation goes on from has been loaded. From rank 0, once per generation,
/// before its first step.
struct Restored {
  std::int64_t step = 0;  // Steps completed in that state.
  std::string source;     // "snapshot", "checkpoint step-000120"; "start": initial weights.

  bool operator==(const Restored&) const = default;
};

/// One line of metrics.jsonl: from rank 0, for logged steps and for evaluations.
struct MetricsLine {
  std::int64_t step = 0;                 // Steps completed.
  double epoch = 0;                      // Epochs completed, with fraction.
  std::map<std::string, double> values;  // "train/loss" -> 0.3

  bool operator==(const MetricsLine&) const = default;
};

/// A checkpoint has its final name. From rank 0.
struct CheckpointWritten {
  std::int64_t step = 0;
  std::string path;
  std::string model_sha256;

  bool operator==(const CheckpointWritten&) const = default;
};

/// A checkpoint could not be written; training goes on. From rank 0.
struct CheckpointFailed {
  std::int64_t step = 0;
  std::string reason;  // Names the file.

  bool operator==(const CheckpointFailed&) const = default;
};

/// Something that the user should know and nothing else tells: a checkpoint that was passed over,
/// one that could not be removed. From rank 0; nothing follows from it.
struct Remark {
  std::string text;  // May have several lines.

  bool operator==(const Remark&) const = default;
};

/// The training is over, as asked for. From rank 0, last message. `stopped`: a Stop ended it early.
struct Finished {
  bool stopped = false;
  std::int64_t steps = 0;
  double epochs = 0;
  std::int64_t samples_seen = 0;
  std::map<std::string, double> eval;  // Metric -> value of the last evaluation.
  std::string model_sha256;

  // Of this generation, as rank 0 saw it.
  std::int64_t training_samples = 0;  // Of the whole world.
  double training_seconds = 0;        // From before the first step to after the last.
  double snapshot_seconds = 0;        // Of those: copying snapshots.
  double checkpoint_seconds = 0;      // Of those: waiting for checkpoints.

  bool operator==(const Finished&) const = default;
};

/// This worker ends with an error. From any rank, last message.
struct Failed {
  std::string code;  // muster::to_string(ErrorCode)
  std::string message;
  std::string hint;
  std::int64_t step = 0;

  bool operator==(const Failed&) const = default;
};

// --- coordinator to worker -----------------------------------------------------------------------

/// Finish the present step, write a checkpoint, end. All ranks stop after the same step: they agree
/// with the next step's reduction.
struct Stop {
  std::string reason;

  bool operator==(const Stop&) const = default;
};

/// How many messages of this connection (without Hello and heartbeats) have been dealt with and
/// written down; 0: the Hello is accepted. What a worker has sent beyond them it sends again to a
/// coordinator that comes after this one.
struct Taken {
  std::int64_t messages = 0;

  bool operator==(const Taken&) const = default;
};

/// Another generation has been launched: this worker's is over, and it ends.
struct Replaced {
  std::int64_t generation = 0;  // The present one.

  bool operator==(const Replaced&) const = default;
};

using Message = std::variant<Hello, Heartbeat, Restored, MetricsLine, CheckpointWritten,
                             CheckpointFailed, Remark, Finished, Failed, Stop, Taken, Replaced>;

std::string_view to_string(Phase phase);

}  // namespace muster::wire
