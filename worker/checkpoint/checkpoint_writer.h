// Publishes a checkpoint: checkpoints/step-000120/ with model.safetensors, state.json and, last,
// MANIFEST.json (bytes and XXH3-128 of every file). Whole or not at all (common/atomic_file.h). If
// the final name exists already, the checkpoint there must be the same (then it is accepted).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/run/run_directory.h"
#include "worker/checkpoint/safetensors.h"

namespace muster::worker {

/// What state.json says besides the tensors.
struct CheckpointState {
  std::int64_t step = 0;  // Steps completed.
  std::int64_t total_steps = 0;
  std::int64_t epoch = 0;     // Of the next step.
  std::int64_t position = 0;  // First position of the next step in its epoch.
  std::int64_t samples_seen = 0;
  std::int64_t lanes = 0;
  std::int64_t seed = 0;
  std::string config_hash;
  std::string version;  // Of Muster.
};

struct PublishedCheckpoint {
  std::string path;
  std::string model_sha256;  // Of model.safetensors.
};

/// Blocks until it is durable. Rank 0 only. Throws Error{storage}; Error{corrupt} when a different
/// checkpoint has that name.
PublishedCheckpoint write_checkpoint(const run::RunDirectory& run, std::int64_t generation,
                                     const CheckpointState& state, std::vector<TensorView> tensors);

}  // namespace muster::worker
