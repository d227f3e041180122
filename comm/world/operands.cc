#include "comm/world/operands.h"

#include <cstring>

namespace muster::comm {

Operands::Operands(World& world, const ReduceTree& tree, std::span<const Buffer> mine)
    : world_(world), tree_(tree), mine_(mine), dtype_(mine.front().dtype) {
  const auto& counts = tree_.parts_of_local_rank();
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    for (int part = 0; part < counts[rank]; ++part) {
      const auto index = static_cast<std::size_t>(part);
      if (world_.node.ranks() == 1) {
        parts_.push_back({static_cast<std::byte*>(mine_[index].data)});
        continue;
      }
      parts_.push_back({world_.node.buffer_of(static_cast<int>(rank), index)});
      (parts_.back().data == nullptr ? any_private_ : any_in_place_) = true;
    }
  }
}

void Operands::open(const ElementRange& window, const Call& call) {
  if (!any_private_) return;
  world_.node.next_stage();
  const std::size_t bytes = static_cast<std::size_t>(window.size()) * bytes_per_element(dtype_);
  const int me = world_.nodes.local_rank;
  const auto& counts = tree_.parts_of_local_rank();
  std::size_t next = 0;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    for (int part = 0; part < counts[rank]; ++part) {
      const auto index = static_cast<std::size_t>(part);
      Target& target = parts_[next++];
      if (world_.node.buffer_of(static_cast<int>(rank), index) != nullptr) continue;
      target = {stage_of(static_cast<int>(rank), part, window.size()), window.begin};
      if (static_cast<int>(rank) != me || bytes == 0) continue;
      const Target source{static_cast<std::byte*>(mine_[index].data)};
      std::memcpy(target.data, source.at(window.begin, dtype_), bytes);
    }
  }
  world_.node.barrier(call);
}

std::byte* Operands::stage_of(int local_rank, int part, std::int64_t window_size) const {
  const std::size_t bytes =
      (static_cast<std::size_t>(window_size) * bytes_per_element(dtype_) + 63) / 64 * 64;
  return world_.node.stage_of(local_rank) + static_cast<std::size_t>(part) * bytes;
}

std::vector<Leaf> Operands::leaves_at(std::int64_t element) const {
  std::vector<Leaf> leaves;
  leaves.reserve(parts_.size());
  for (const Target& part : parts_) leaves.push_back({part.at(element, dtype_), dtype_});
  return leaves;
}

}  // namespace muster::comm
