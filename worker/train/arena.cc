#include "worker/train/arena.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <set>
#include <string>

namespace muster::worker {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::vector<ArenaTensor> describe(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  std::vector<ArenaTensor> described;
  for (const auto& [name, tensor] : tensors) described.push_back({name, tensor.sizes().vec()});
  return described;
}

}  // namespace

ModelTensors ModelTensors::of(Model& model) {
  ModelTensors tensors;
  std::set<const void*> seen;  // named_parameters() lists a tied parameter once per name.
  for (const auto& item : model.named_parameters()) {
    if (!seen.insert(item.value().unsafeGetTensorImpl()).second) continue;
    tensors.parameters.emplace_back(item.key(), item.value());
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
  return ArenaLayout(describe(parameters), describe(statistics));
}

Arena::Arena(comm::Communicator& communicator, Model& model, at::ScalarType type,
             int gradient_buffers)
    : tensors_(ModelTensors::of(model)), layout_(tensors_.layout()), type_(type) {
  const auto buffer_bytes =
      static_cast<std::size_t>(layout_.total_elements()) * at::elementSize(type);
  value_memory_ = communicator.allocate_shared(buffer_bytes, comm::Sharing::one_per_node);
  gradient_memory_ = communicator.allocate_shared(
      buffer_bytes * static_cast<std::size_t>(gradient_buffers), comm::Sharing::one_per_rank);

  values_ = at::from_blob(value_memory_->mine().data(), {layout_.total_elements()}, type);
  for (int i = 0; i < gradient_buffers; ++i) {
    std::byte* start = gradient_memory_->mine().data() + buffer_bytes * static_cast<std::size_t>(i);
    gradients_.push_back(at::from_blob(start, {layout_.total_elements()}, type));
  }

  at::NoGradGuard no_grad;
  const bool writes = communicator.nodes().local_rank == 0;
  const auto view = [&](const ArenaEntry& entry) {
    return values_.narrow(0, entry.offset, entry.count).view(entry.shape);
  };
  for (std::size_t i = 0; i < tensors_.parameters.size(); ++i) {
    at::Tensor& parameter = tensors_.parameters[i].second;
    const at::Tensor shared = view(layout_.parameters()[i]);
    if (writes) shared.copy_(parameter);
    parameter.set_data(shared);
  }
  for (std::size_t i = 0; i < tensors_.statistics.size(); ++i) {
    if (writes) view(layout_.statistics()[i]).copy_(tensors_.statistics[i].second);
  }
  communicator.barrier({.label = "initial parameters"}).wait();
}

void Arena::load_statistics() {
  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors_.statistics.size(); ++i) {
    const ArenaEntry& entry = layout_.statistics()[i];
    tensors_.statistics[i].second.copy_(
        values_.narrow(0, entry.offset, entry.count).view(entry.shape));
  }
}

}  // namespace muster::worker
