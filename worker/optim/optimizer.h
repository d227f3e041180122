// The update of one rank's shard of the arena. An optimizer sees flat, contiguous slices; its bits
// must not depend on the blocks at which the arena was cut.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/config/optimizers/optimizers.h"

namespace muster::worker {

/// A part of the shard whose parameters are updated with the same values: a parameter group, or
/// what of it lies in the shard.
struct UpdateRange {
  std::int64_t begin = 0;  // In elements, from the start of the shard.
  std::int64_t count = 0;  // Elements; at least 1.
  double lr_scale = 1;     // Of the step's learning rate.
  double weight_decay = 0;
};

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

/// Ranges that cover a shard without gaps, from its beginning; none for an empty shard.
using UpdateRanges = std::vector<UpdateRange>;

// One line per optimizer. State is zero, of `type`, for the elements of `ranges`.
OptimizerPointer make_optimizer(const config::AdamwOptions& options, UpdateRanges ranges,
                                at::ScalarType type);
OptimizerPointer make_optimizer(const config::SgdOptions& options, UpdateRanges ranges,
                                at::ScalarType type);

/// The optimizer that an experiment names.
OptimizerPointer make_optimizer(const config::OptimizerOptions& options, UpdateRanges ranges,
                                at::ScalarType type);

/// Elements of a shard.
std::int64_t elements_of(const UpdateRanges& ranges);

/// The learning rate of an experiment's optimizer before the schedule.
double peak_lr(const config::OptimizerOptions& options);

/// The weight decay of parameters that no group gives another one.
double weight_decay(const config::OptimizerOptions& options);

/// The parameter groups of an experiment's optimizer.
const std::vector<config::ParameterGroup>& parameter_groups(
    const config::OptimizerOptions& options);

}  // namespace muster::worker
