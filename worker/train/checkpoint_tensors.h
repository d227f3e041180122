// What of the arena goes into model.safetensors: parameters, frozen ones too, running statistics,
// and batch norm's counters, under the names that PyTorch gives them.
#pragma once

#include <cstdint>
#include <vector>

#include "common/checkpoint/tensor.h"
#include "worker/train/arena.h"

namespace muster::worker {

class CheckpointTensors {
 public:
  /// `steps`: steps completed, the value of every num_batches_tracked. `arena` must outlive this.
  CheckpointTensors(const Arena& arena, std::int64_t steps);

  /// Views of the arena and of this object.
  std::vector<checkpoint::TensorView> views() const;

 private:
  const Arena& arena_;
  std::int64_t steps_;
};

}  // namespace muster::worker
