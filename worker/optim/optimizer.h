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

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// parameters <- parameters + update(gradients), both [shard elements]. `lr`: this step's.
  virtual void update(const at::Tensor& parameters, const at::Tensor& gradients, double lr) = 0;

  /// The state it works on has seen so many updates: after state was loaded. 0 at first.
  virtual void set_updates(std::int64_t updates) = 0;
};

using OptimizerPointer = std::unique_ptr<Optimizer>;

/// Ranges that cover a shard without gaps, from its beginning; none for an empty shard.
using UpdateRanges = std::vector<UpdateRange>;

/// The flat tensors of state that an optimizer works on, one per name of state_names(): [shard
/// elements], zero before the first update. It reads and writes them; whoever made them may save
/// them between two updates.
using OptimizerState = std::vector<at::Tensor>;

// Two lines per optimizer.
std::vector<std::string> state_names(const config::AdamwOptions& options);
std::vector<std::string> state_names(const config::SgdOptions& options);
OptimizerPointer make_optimizer(const config::AdamwOptions& options, UpdateRanges ranges,
                                OptimizerState state);
OptimizerPointer make_optimizer(const config::SgdOptions& options, UpdateRanges ranges,
                                OptimizerState state);

/// The optimizer that an experiment names, and what it has to remember: {"exp_avg", "exp_avg_sq"}.
std::vector<std::string> state_names(const config::OptimizerOptions& options);
OptimizerPointer make_optimizer(const config::OptimizerOptions& options, UpdateRanges ranges,
                                OptimizerState state);

/// The learning rate of an experiment's optimizer before the schedule.
double peak_lr(const config::OptimizerOptions& options);

/// The weight decay of parameters that no group gives another one.
double weight_decay(const config::OptimizerOptions& options);

/// The parameter groups of an experiment's optimizer.
const std::vector<config::ParameterGroup>& parameter_groups(
    const config::OptimizerOptions& options);

}  // namespace muster::worker
