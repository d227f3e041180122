#include "worker/train/arena.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <map>
#include <string>

#include "common/error.h"

namespace muster::worker {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

std::vector<ArenaTensor> describe(const NamedTensors& tensors) {
  std::vector<ArenaTensor> described;
  for (const auto& [name, tensor] : tensors) described.push_back({name, tensor.sizes().vec()});
  return described;
}

/// Makes the parameter a view of its place in `memory`; one rank of the node writes its values.
void move_to(const at::Tensor& memory, const ArenaEntry& entry, at::Tensor& parameter,
             bool writes) {
  const at::Tensor place = memory.narrow(0, entry.offset, entry.count).view(entry.shape);
  if (writes) place.copy_(parameter);
  parameter.set_data(place);
}

StateColumn column_of(const std::string& name, const at::Tensor& flat) {
  const auto block_bytes =
      static_cast<std::int64_t>(flat.element_size()) * static_cast<std::int64_t>(kBlockElements);
  return {.name = name,
          .data = static_cast<std::byte*>(flat.data_ptr()),
          .blocks = flat.numel() / kBlockElements,
          .block_bytes = block_bytes};
}

}  // namespace

ModelTensors ModelTensors::of(Model& model, const std::vector<config::ParameterGroup>& groups) {
  NamedTensors unique;                          // Under the first name of each.
  std::vector<std::vector<std::string>> names;  // All names of each.
  std::map<const void*, std::size_t> seen;  // named_parameters() lists a tied one once per name.
  for (const auto& item : model.named_parameters()) {
    const auto [known, is_new] = seen.emplace(item.value().unsafeGetTensorImpl(), unique.size());
    if (is_new) {
      unique.emplace_back(item.key(), item.value());
      names.emplace_back();
    }
    names[known->second].push_back(item.key());
  }

  ModelTensors tensors;
  Grouping grouping = group_parameters(groups, names);
  tensors.complaints = std::move(grouping.complaints);
  for (std::size_t group = 0; group <= groups.size(); ++group) {
    const bool is_frozen = group > 0 && groups[group - 1].freeze;
    for (std::size_t i = 0; i < unique.size(); ++i) {
      if (grouping.group_of[i] != group) continue;
      (is_frozen ? tensors.frozen : tensors.parameters).push_back(unique[i]);
      if (!is_frozen) tensors.group_of.push_back(group);
    }
  }

  for (const auto& item : model.named_buffers()) {
    if (item.value().is_floating_point()) {
      tensors.statistics.emplace_back(item.key(), item.value());
    } else if (ends_with(item.key(), "num_batches_tracked")) {
      tensors.counters.push_back(item.key());
    }
  }
  return tensors;
}

ArenaLayout ModelTensors::layout() const {
  std::vector<ArenaTensor> trained = describe(parameters);
  for (std::size_t i = 0; i < trained.size(); ++i) trained[i].group = group_of[i];
  return ArenaLayout(trained, describe(statistics), describe(frozen));
}

Arena::Arena(comm::Communicator& communicator, Model& model, const ArenaSpec& spec)
    : tensors_(ModelTensors::of(model, spec.groups)), layout_(tensors_.layout()), type_(spec.type) {
  if (!tensors_.complaints.empty()) {
    const KeyComplaint& first = tensors_.complaints.front();
    throw Error(ErrorCode::invalid, first.message, first.hint);
  }
  const auto bytes_of = [&](std::int64_t elements) {
    return static_cast<std::size_t>(elements) * at::elementSize(type_);
  };
  const std::size_t buffer_bytes = bytes_of(layout_.total_elements());
  value_memory_ = communicator.allocate_shared(buffer_bytes, comm::Sharing::one_per_node);
  gradient_memory_ = communicator.allocate_shared(
      buffer_bytes * static_cast<std::size_t>(spec.gradient_buffers), comm::Sharing::one_per_rank);

  values_ = at::from_blob(value_memory_->mine().data(), {layout_.total_elements()}, type_);
  for (int i = 0; i < spec.gradient_buffers; ++i) {
    std::byte* start = gradient_memory_->mine().data() + buffer_bytes * static_cast<std::size_t>(i);
    gradients_.push_back(at::from_blob(start, {layout_.total_elements()}, type_));
  }
  const std::size_t state_bytes = bytes_of(layout_.parameter_elements());
  if (!spec.states.empty()) {
    state_memory_ =
        communicator.allocate_shared(state_bytes * spec.states.size(), comm::Sharing::one_per_node);
  }
  for (const std::string& name : spec.states) {
    std::byte* start = state_memory_->mine().data() + state_bytes * states_.size();
    states_.emplace_back(name, at::from_blob(start, {layout_.parameter_elements()}, type_));
  }
  if (layout_.frozen_elements() > 0) {
    const auto memory = communicator.allocate_shared(bytes_of(layout_.frozen_elements()),
                                                     comm::Sharing::one_per_node);
    // The tensor holds the memory: a checkpoint may be written from it when the arena is gone.
    frozen_ = at::from_blob(
        memory->mine().data(), {layout_.frozen_elements()}, [memory](void*) {}, type_);
  }

  at::NoGradGuard no_grad;
  const bool writes = communicator.nodes().local_rank == 0;
  for (std::size_t i = 0; i < tensors_.parameters.size(); ++i) {
    move_to(values_, layout_.parameters()[i], tensors_.parameters[i].second, writes);
  }
  for (std::size_t i = 0; i < tensors_.frozen.size(); ++i) {
    move_to(frozen_, layout_.frozen()[i], tensors_.frozen[i].second, writes);
    tensors_.frozen[i].second.set_requires_grad(false);
  }
  for (std::size_t i = 0; i < tensors_.statistics.size(); ++i) {
    const ArenaEntry& entry = layout_.statistics()[i];
    if (!writes) continue;
    values_.narrow(0, entry.offset, entry.count)
        .view(entry.shape)
        .copy_(tensors_.statistics[i].second);
  }
  communicator.barrier({.label = "initial parameters"}).wait();
}

void Arena::fill_from(Model& fresh) {
  at::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> initial;
  for (const auto& item : fresh.named_parameters()) initial.emplace(item.key(), item.value());
  for (const auto& item : fresh.named_buffers()) initial.emplace(item.key(), item.value());
  const auto fill = [&](const at::Tensor& memory, const std::vector<ArenaEntry>& entries) {
    for (const ArenaEntry& entry : entries) {
      memory.narrow(0, entry.offset, entry.count).view(entry.shape).copy_(initial.at(entry.name));
    }
  };
  values_.zero_();  // Padding, too.
  fill(values_, layout_.parameters());
  fill(values_, layout_.statistics());
  fill(frozen_, layout_.frozen());
  for (const auto& [name, state] : states_) state.zero_();
}

void Arena::load_statistics() {
  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors_.statistics.size(); ++i) {
    const ArenaEntry& entry = layout_.statistics()[i];
    tensors_.statistics[i].second.copy_(
        values_.narrow(0, entry.offset, entry.count).view(entry.shape));
  }
}

StateView state_view(const Arena& arena) {
  StateView view;
  view.columns.push_back(column_of("values", arena.values()));
  for (const auto& [name, tensor] : arena.states()) view.columns.push_back(column_of(name, tensor));
  return view;
}

}  // namespace muster::worker
