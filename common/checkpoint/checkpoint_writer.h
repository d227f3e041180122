// Publishes a checkpoint: a folder step-000120/ with model.safetensors, optimizer.safetensors,
// state.json and, last, MANIFEST.json. Whole or not at all, whenever the process or the machine
// dies (common/atomic_file.h); the one before is not touched by whatever goes wrong here.
//
// Under the name there may be a checkpoint already: after a restart, steps are done again. If it is
// the same, it stays. If it is whole and another one, that is refused: somebody changed something
// that decides bits. If it is damaged, it is moved aside, and this one takes its name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
#include "common/checkpoint/tensor.h"

namespace muster::checkpoint {

/// Who publishes.
struct Publisher {
  std::int64_t generation = 1;
  /// Asked just before the new name appears; true: nothing is published. Empty: only the numbers in
  /// the folder (generation.h) decide.
  std::function<bool()> is_superseded = {};
  /// Called after every piece (1 MiB at most) that was written or hashed, so that others can see
  /// that a large checkpoint gets on. From two threads, also at the same time. May be empty.
  std::function<void()> progressed = {};
};

struct PublishedCheckpoint {
  std::filesystem::path path;
  std::string model_sha256;                // Of model.safetensors.
  std::uint64_t bytes = 0;                 // Of all its files.
  std::filesystem::path moved_aside = {};  // Where the damaged one is now. Empty: there was none.
  std::string damage = {};                 // What was wrong with it.
};

/// `folder`: of the checkpoints, which exists. `optimizer`: may be empty, there is no
/// optimizer.safetensors then. The tensors must not change until this returns; they are read once,
/// in pieces, and never copied, those of the optimizer on a thread of their own. Blocks until all
/// is durable. One call at a time per generation.
///
/// Throws Error{storage} when the disk is full or fails: nothing is left of the attempt, another
/// one may be made later. Error{aborted} when a newer generation has the folder. Error{corrupt}
/// when another checkpoint, a whole one, has that name.
PublishedCheckpoint write_checkpoint(const std::filesystem::path& folder,
                                     const Publisher& publisher, const CheckpointState& state,
                                     std::vector<TensorView> model,
                                     std::vector<TensorView> optimizer);

}  // namespace muster::checkpoint
