#include "worker/train/checkpoint_tensors.h"

#include <span>

namespace muster::worker {

CheckpointTensors::CheckpointTensors(const Arena& arena, std::int64_t steps)
    : arena_(arena), steps_(steps) {}

std::vector<TensorView> CheckpointTensors::views() const {
  const DType dtype = dtype_of(arena_.type());
  const auto* start = static_cast<const std::byte*>(arena_.values().const_data_ptr());
  const auto width = static_cast<std::int64_t>(bytes_per_element(dtype));
  std::vector<TensorView> views;
  for (const auto* entries : {&arena_.layout().parameters(), &arena_.layout().statistics()}) {
    for (const ArenaEntry& entry : *entries) {
      views.push_back(
          {entry.name, dtype, entry.shape,
           std::span(start + entry.offset * width, static_cast<std::size_t>(entry.count * width))});
    }
  }
  for (const std::string& name : arena_.tensors().counters) {
    views.push_back({name, DType::int64, {}, std::as_bytes(std::span(&steps_, 1))});
  }
  return views;
}

}  // namespace muster::worker
