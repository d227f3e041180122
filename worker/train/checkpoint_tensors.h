// What of a state goes into the files of a checkpoint, by name, and back.
//
// model.safetensors: parameters, frozen ones too, running statistics, and batch norm's counters,
// under the names that PyTorch gives them. optimizer.safetensors: "exp_avg.<parameter>" and so on.
// Both say nothing of how the arena is laid out or cut: any number of workers reads them.
#pragma once

#include <cstdint>
#include <vector>

#include "common/checkpoint/store.h"
#include "common/checkpoint/tensor.h"
#include "worker/snapshot/state_view.h"
#include "worker/train/arena.h"

namespace muster::worker {

/// Views of `state` (the arena's own or a copy of it: state_view()), of the arena's frozen memory,
/// and of `steps`: steps completed, the value of every num_batches_tracked. All outlive the views.
std::vector<checkpoint::TensorView> model_tensors(const Arena& arena, const StateView& state,
                                                  const std::int64_t& steps);
std::vector<checkpoint::TensorView> optimizer_tensors(const Arena& arena, const StateView& state);

/// Reads both files into the arena. For one rank of the node. Throws Error{invalid} when the names,
/// types or shapes are not the arena's, saying which; Error{corrupt} for what cannot be read.
void load_tensors(const checkpoint::OpenCheckpoint& checkpoint, const Arena& arena);

}  // namespace muster::worker
