// What of a state goes into the files of a checkpoint, by name, and back.
//
// model.safetensors: parameters, frozen ones too, running statistics, and batch norm's counters,
// under the names that PyTorch gives them. optimizer.safetensors: "exp_avg.<parameter>" and so on.
// Both say nothing of how the arena is laid out or cut: any number of workers reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
#include "common/checkpoint/load.h"
#include "common/checkpoint/tensor.h"
#include "worker/snapshot/state_view.h"
#include "worker/train/arena.h"

namespace muster::worker {

/// Views of `state` (the arena's own or a copy of it: state_view()), of the arena's frozen memory,
/// and of `steps`: steps completed, the value of every num_batches_tracked. All outlive the views.
std::vector<checkpoint::TensorView> model_tensors(const Arena& arena, const StateView& state,
                                                  const std::int64_t& steps);
std::vector<checkpoint::TensorView> optimizer_tensors(const Arena& arena, const StateView& state);

/// Loads a checkpoint into the arena, which outlives it. For one rank of the node. Refuses with
/// Error{invalid} one of another experiment than `own` (whose hash and identity count), and one
/// whose tensors' names, types or shapes are not the arena's, saying which. `progressed`:
/// Receiver::progressed.
checkpoint::Receiver into_arena(const Arena& arena, checkpoint::CheckpointState own,
                                const std::function<void()>& progressed);

}  // namespace muster::worker
