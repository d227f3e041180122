// What a world of a given size needs: memory of each worker and node, bytes moved in each step.
// Pure arithmetic on what the worker said about the model; activations and libraries are not in it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/config/experiment.h"
#include "common/run/inspection.h"

namespace muster::coordinator::cli {

struct WorldSize {
  std::int64_t lanes = 1;
  int workers = 1;
  std::optional<int> ranks_per_node;  // Empty: all on one node.
  int state_copies = 0;               // For snapshots and checkpoints: state_copies().
};

/// Figures of a world; where workers or nodes differ, those of the largest.
struct WorldMemory {
  int workers = 0;
  int nodes = 0;
  std::int64_t lanes_per_worker = 0;
  int gradient_buffers = 0;       // Of one worker: lanes that are added up need several at once.
  std::int64_t worker_bytes = 0;  // Gradient buffers and its shard of the optimizer's state.
  std::int64_t shared_bytes = 0;  // Once per node: the parameters, frozen ones too.
  std::int64_t copies_bytes =
      0;                        // Once per node: what snapshots and checkpoints copy the state to.
  std::int64_t node_bytes = 0;  // All of these: shared, copies, and the node's workers.
};

/// How many copies of parameters and optimizer state a node keeps for this experiment.
int state_copies(const config::Experiment& experiment);

/// Requires 1 <= workers <= lanes.
WorldMemory memory_of(const run::Inspection& inspection, const WorldSize& world);

/// That world and smaller ones: every size down to 1 for small worlds, else halved each time.
std::vector<WorldMemory> memory_of_smaller(const run::Inspection& inspection,
                                           const WorldSize& world);

struct StepTraffic {
  std::int64_t gradient_bytes = 0;  // One gradient: what is summed over the lanes.
  std::int64_t shared_bytes =
      0;  // Read from other workers' memory, all workers of a node together.
  std::int64_t network_bytes = 0;  // Sent by one node.
};

StepTraffic traffic_of(const run::Inspection& inspection, const WorldSize& world);

}  // namespace muster::coordinator::cli
