#include "worker/train/checkpoint_tensors.h"

#include <span>

namespace muster::worker {
namespace {

/// `memory` is undefined when there are no entries.
void add_views(const at::Tensor& memory, const std::vector<ArenaEntry>& entries,
               std::vector<checkpoint::TensorView>& views) {
  for (const ArenaEntry& entry : entries) {
    const DType dtype = dtype_of(memory.scalar_type());
    const auto width = static_cast<std::int64_t>(bytes_per_element(dtype));
    const auto* start = static_cast<const std::byte*>(memory.const_data_ptr());
    views.push_back(
        {entry.name, dtype, entry.shape,
         std::span(start + entry.offset * width, static_cast<std::size_t>(entry.count * width))});
  }
}

}  // namespace

CheckpointTensors::CheckpointTensors(const Arena& arena, std::int64_t steps)
    : arena_(arena), steps_(steps) {}

std::vector<checkpoint::TensorView> CheckpointTensors::views() const {
  std::vector<checkpoint::TensorView> views;
  add_views(arena_.values(), arena_.layout().parameters(), views);
  add_views(arena_.values(), arena_.layout().statistics(), views);
  add_views(arena_.frozen(), arena_.layout().frozen(), views);
  for (const std::string& name : arena_.tensors().counters) {
    views.push_back({name, DType::int64, {}, std::as_bytes(std::span(&steps_, 1))});
  }
  return views;
}

}  // namespace muster::worker
