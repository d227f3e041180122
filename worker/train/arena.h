// The flat memory that holds a node's parameters and optimizer state once and each rank's
// gradients.
//
// Parameters (and behind them the running statistics) are one copy per node, mapped by all its
// ranks, frozen ones too; the model's parameters are views of it. So a parameter may be written
// only while no rank of the node computes: between the reduction and the gather of a step (step.h).
// Gradient buffers belong to one rank and are read by the others during the reduction. Optimizer
// state is written and read by the rank whose shard it is; it lies in the node's memory so that one
// rank can write all of it to a checkpoint.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.h"
#include "worker/models/model.h"
#include "worker/snapshot/state_view.h"
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
  std::vector<std::string> counters;     // Names of num_batches_tracked buffers.
  std::vector<KeyComplaint> complaints;  // About the groups. With some, the rest means nothing.

  static ModelTensors of(Model& model, const std::vector<config::ParameterGroup>& groups);
  ArenaLayout layout() const;
};

/// What an arena is made for.
struct ArenaSpec {
  std::vector<config::ParameterGroup> groups;
  at::ScalarType type = at::kFloat;
  int gradient_buffers = 1;         // Of each rank.
  std::vector<std::string> states;  // Names of the optimizer's tensors (optim/optimizer.h).
};

class Arena {
 public:
  /// Moves the parameters of `model` (equal on all ranks) into memory shared by the node and makes
  /// the rest, all zero. Frozen parameters need no gradient from here on. Collective over the node.
  /// Throws Error{invalid} for groups that do not fit the model.
  Arena(comm::Communicator& communicator, Model& model, const ArenaSpec& spec);

  const ArenaLayout& layout() const { return layout_; }
  at::ScalarType type() const { return type_; }

  /// [total_elements]: parameters, then statistics. One per node.
  const at::Tensor& values() const { return values_; }

  /// Optimizer state by name: [parameter_elements]. One per node.
  const std::vector<std::pair<std::string, at::Tensor>>& states() const { return states_; }

  /// [layout().frozen_elements()]: the frozen parameters. One per node; not written
  /// once the training has begun. The tensor owns the memory.
  const at::Tensor& frozen() const { return frozen_; }

  int gradient_buffers() const { return static_cast<int>(gradients_.size()); }

  /// Gradient buffer `index` of this rank: [total_elements].
  const at::Tensor& gradients(int index) const {
    return gradients_[static_cast<std::size_t>(index)];
  }

  /// The model's tensors; parameters are views of values() and frozen().
  const ModelTensors& tensors() const { return tensors_; }

  /// Fills it with the initial state of a model that was built like the arena's; the optimizer's
  /// tensors with zeros. For one rank of the node.
  void fill_from(Model& fresh);

  /// Copies the node's running statistics into the model's buffers, for evaluation.
  void load_statistics();

 private:
  ModelTensors tensors_;
  ArenaLayout layout_;
  at::ScalarType type_;
  std::shared_ptr<comm::SharedMemory> value_memory_;
  std::shared_ptr<comm::SharedMemory> state_memory_;
  std::shared_ptr<comm::SharedMemory> gradient_memory_;
  at::Tensor values_;
  std::vector<std::pair<std::string, at::Tensor>> states_;
  at::Tensor frozen_;
  std::vector<at::Tensor> gradients_;
};

/// What of the arena is the state of the training: values, then each of the optimizer's tensors, by
/// their names. Valid as long as the arena.
StateView state_view(const Arena& arena);

}  // namespace muster::worker
