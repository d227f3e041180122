#include "worker/train/arena_layout.h"

#include <functional>
#include <numeric>

#include "common/error.h"

namespace muster::worker {
namespace {

// 64 bytes of the smallest element type that is trained (float32): one layout for every precision.
constexpr std::int64_t kAlignElements = 16;

std::int64_t round_up(std::int64_t value, std::int64_t grain) {
  return (value + grain - 1) / grain * grain;
}

ArenaEntry place(const ArenaTensor& tensor, std::int64_t& next) {
  const std::int64_t count = std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                             std::int64_t{1}, std::multiplies<>());
  ArenaEntry entry{tensor.name, tensor.shape, next, count};
  next = round_up(next + count, kAlignElements);
  return entry;
}

std::vector<ArenaEntry> place_all(const std::vector<ArenaTensor>& tensors, std::int64_t& next) {
  std::vector<ArenaEntry> entries;
  for (const ArenaTensor& tensor : tensors) entries.push_back(place(tensor, next));
  next = round_up(next, kBlockElements);
  return entries;
}

}  // namespace

ArenaLayout::ArenaLayout(const std::vector<ArenaTensor>& parameters,
                         const std::vector<ArenaTensor>& statistics,
                         const std::vector<ArenaTensor>& frozen) {
  std::int64_t next = 0;
  for (const ArenaTensor& tensor : parameters) {
    if (groups_.empty() || groups_.back().group != tensor.group) {
      MUSTER_ASSERT(groups_.empty() || groups_.back().group < tensor.group, "groups are together");
      next = round_up(next, kBlockElements);
      groups_.push_back({tensor.group, {next, next}});
    }
    parameters_.push_back(place(tensor, next));
    groups_.back().elements.end = round_up(next, kBlockElements);
  }
  next = round_up(next, kBlockElements);
  parameter_elements_ = next;
  statistics_ = place_all(statistics, next);
  total_elements_ = next;
  frozen_ = place_all(frozen, frozen_elements_);
}

comm::ElementRange ArenaLayout::shard_blocks(int local_rank, int local_ranks) const {
  return {blocks() * local_rank / local_ranks, blocks() * (local_rank + 1) / local_ranks};
}

}  // namespace muster::worker
