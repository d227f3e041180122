// An experiment: what to train, on what, how. The typed form of the YAML file, after defaults and
// overrides. experiment_schema.cc says for each field its key, range and meaning; the structs say
// the type, and their initialisers the default. Options of models, formats and so on: one header
// each, in the folder of their kind.
//
// Two states. As loaded: what the user wrote plus defaults; some values are "decided later" (empty
// optionals). As resolved (resolve.h): nothing is left to decide; what is still empty is "none".
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/config/formats/formats.h"
#include "common/config/lr_schedulers/lr_schedulers.h"
#include "common/config/models/models.h"
#include "common/config/objectives/objectives.h"
#include "common/config/optimizers/optimizers.h"
#include "common/instruction_set.h"
#include "common/units.h"

namespace muster::config {

enum class Device { cpu };
enum class Precision { fp32, fp64 };  // fp64: to check against other implementations.
enum class CommBackend { automatic, mpi };
enum class Launcher { automatic, mpirun };

struct Numerics {
  std::optional<InstructionSet> isa;  // Empty until resolved: the least of all machines.

  bool operator==(const Numerics&) const = default;
};

struct Model {
  ModelOptions options;  // A variant; its `name` key picks the alternative.

  bool operator==(const Model&) const = default;
};

struct Data {
  FormatOptions train;
  std::optional<FormatOptions> eval;

  bool operator==(const Data&) const = default;
};

struct Batch {
  std::int64_t global = 0;            // Samples per step of the whole world.
  std::optional<std::int64_t> lanes;  // Empty until resolved: the workers of the first launch.
  std::optional<std::int64_t> micro;  // Samples per forward/backward. Empty: a whole lane.

  bool operator==(const Batch&) const = default;
};

enum class OnNotFinite { stop, skip };

struct Gradient {
  std::optional<double> clip_norm;  // Of the global gradient. Empty: no clipping.
  OnNotFinite on_not_finite = OnNotFinite::stop;
  int skip_at_most = 10;  // Steps in a row.

  bool operator==(const Gradient&) const = default;
};

struct Eval {
  Duration interval{1, Duration::Unit::epochs};
  std::optional<std::int64_t> batch;  // Samples per step of the world. Empty: batch.global.

  bool operator==(const Eval&) const = default;
};

struct Checkpoint {
  std::optional<Duration> interval;      // Empty: only at the end.
  bool initial = false;                  // Also before the first step: checkpoints/step-000000.
  std::optional<std::int64_t> keep = 3;  // The last ones. Empty: all.
  std::optional<std::string> best;       // Also the best by this metric. Empty: none besides.

  bool operator==(const Checkpoint&) const = default;
};

struct Snapshot {
  bool enabled = true;
  std::optional<Duration> interval;  // Empty: as often as costs at most 1 % of the time.
  std::filesystem::path dir = "/dev/shm";

  bool operator==(const Snapshot&) const = default;
};

struct ReplicaCheck {
  std::optional<Duration> interval;  // Empty: never.

  bool operator==(const ReplicaCheck&) const = default;
};

struct Metrics {
  Duration interval{1, Duration::Unit::steps};
  bool samples = false;  // Also which samples every step trained on.

  bool operator==(const Metrics&) const = default;
};

struct Comm {
  CommBackend backend = CommBackend::automatic;
  std::optional<int> ranks_per_node;  // Empty: as the hosts are. 1: every rank its own node.
  std::chrono::nanoseconds timeout = std::chrono::minutes(10);  // Of one collective call.

  bool operator==(const Comm&) const = default;
};

struct Cluster {
  Launcher launcher = Launcher::automatic;
  int workers = 1;
  int max_restarts = 5;                                   // Without progress between them.
  std::optional<std::chrono::nanoseconds> stall_timeout;  // Empty: 30 s, or 10 median steps.
  std::chrono::nanoseconds grace = std::chrono::seconds(25);
  std::vector<std::string> mpirun_args;    // Passed through, before the program.
  std::map<std::string, std::string> env;  // For the workers.

  bool operator==(const Cluster&) const = default;
};

struct Output {
  std::optional<std::filesystem::path> dir;  // Run root. Empty: $MUSTER_RUNS, else ./runs.

  bool operator==(const Output&) const = default;
};

struct Experiment {
  int schema = 1;
  std::string name;
  std::int64_t seed = 1;  // In [0, 2^53].
  Device device = Device::cpu;
  int threads = 1;  // Intra-op threads per worker; part of the bits.
  Precision precision = Precision::fp32;
  Numerics numerics;
  Model model;
  ObjectiveOptions objective;
  Data data;
  Batch batch;
  OptimizerOptions optimizer;
  LrSchedulerOptions lr_scheduler;
  Gradient gradient;
  Duration duration;
  bool fast_dev_run = false;  // Resolved, it has set durations and intervals: apply_fast_dev_run.
  Eval eval;
  Checkpoint checkpoint;
  Snapshot snapshot;
  ReplicaCheck check;
  Metrics metrics;
  Comm comm;
  Cluster cluster;
  Output output;

  bool operator==(const Experiment&) const = default;
};

}  // namespace muster::config
