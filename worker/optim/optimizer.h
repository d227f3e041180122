// The update of one rank's shard of the arena. An optimizer sees flat, contiguous slices; its bits
// must not depend on where the arena was cut.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/config/optimizers/optimizers.h"

namespace muster::worker {

/// A flat tensor of optimizer state with the shard's layout.
struct OptimizerState {
  std::string name;   // "exp_avg"
  at::Tensor values;  // [shard elements]
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// parameters <- parameters + update(gradients), both [shard elements]. `lr`: this step's.
  virtual void update(const at::Tensor& parameters, const at::Tensor& gradients, double lr) = 0;

  /// What has to be saved besides the number of updates made.
  virtual std::vector<OptimizerState> state() = 0;
};

using OptimizerPointer = std::unique_ptr<Optimizer>;

// One line per optimizer. State is zero, of `type`, for `elements` elements.
OptimizerPointer make_optimizer(const config::AdamwOptions& options, std::int64_t elements,
                                at::ScalarType type);

/// The optimizer that an experiment names.
OptimizerPointer make_optimizer(const config::OptimizerOptions& options, std::int64_t elements,
                                at::ScalarType type);

/// The learning rate of an experiment's optimizer before the schedule.
double peak_lr(const config::OptimizerOptions& options);

}  // namespace muster::worker
