// The flat memory that holds a node's parameters once and each rank's gradients.
//
// Parameters (and behind them the running statistics) are one copy per node, mapped by all its
// ranks, frozen ones too; the model's parameters are views of it. So a parameter may be written
// only while no rank of the node computes: between the reduction and the gather of a step (step.h).
// Gradient buffers belong to one rank and are read by the others during the reduction.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "comm/communicator.h"
#include "worker/models/model.h"
#include "worker/train/arena_layout.h"
#include "worker/train/parameter_groups.h"

namespace muster::worker {

/// The parameters of a model, tied ones once, and the running statistics that batch norm keeps (its
/// counters are not in the arena: they are the step number).
struct ModelTensors {
  std::vector<std::pair<std::string, at::Tensor>> parameters;  // Trained ones, group by group.
  std::vector<std::size_t> group_of;  // Of each: 0, or 1 + the index of its parameter group.
  std::vector<std::pair<std::string, at::Tensor>> frozen;
  std::vector<std::pair<std::string, at::Tensor>> statistics;
  std::vector<std::string> counters;       // Names of num_batches_tracked buffers.
  std::vector<GroupComplaint> complaints;  // About the groups. With some, the rest means nothing.

  static ModelTensors of(Model& model, const std::vector<config::ParameterGroup>& groups);
  ArenaLayout layout() const;
};

class Arena {
 public:
  /// Moves the parameters of `model` (equal on all ranks) into memory shared by the node and makes
  /// `gradient_buffers` buffers for this rank. Frozen parameters need no gradient from here on.
  /// Collective over the node. Throws Error{invalid} for groups that do not fit the model.
  Arena(comm::Communicator& communicator, Model& model,
        const std::vector<config::ParameterGroup>& groups, at::ScalarType type,
        int gradient_buffers);

  const ArenaLayout& layout() const { return layout_; }
  at::ScalarType type() const { return type_; }

  /// [total_elements]: parameters, then statistics. One per node.
  const at::Tensor& values() const { return values_; }

  /// [layout().frozen_elements()]: the frozen parameters. One per node; never written.
  const at::Tensor& frozen() const { return frozen_; }

  int gradient_buffers() const { return static_cast<int>(gradients_.size()); }

  /// Gradient buffer `index` of this rank: [total_elements].
  const at::Tensor& gradients(int index) const {
    return gradients_[static_cast<std::size_t>(index)];
  }

  /// The model's tensors; parameters are views of values() and frozen().
  const ModelTensors& tensors() const { return tensors_; }

  /// Copies the node's running statistics into the model's buffers, for evaluation.
  void load_statistics();

 private:
  ModelTensors tensors_;
  ArenaLayout layout_;
  at::ScalarType type_;
  std::shared_ptr<comm::SharedMemory> value_memory_;
  std::shared_ptr<comm::SharedMemory> frozen_memory_;
  std::shared_ptr<comm::SharedMemory> gradient_memory_;
  at::Tensor values_;
  at::Tensor frozen_;
  std::vector<at::Tensor> gradients_;
};

}  // namespace muster::worker
