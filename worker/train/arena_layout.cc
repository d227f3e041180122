#include "worker/train/arena_layout.h"

#include <functional>
#include <numeric>

namespace muster::worker {
namespace {

// 64 bytes of the smallest element type that is trained (float32): one layout for every precision.
constexpr std::int64_t kAlignElements = 16;

std::int64_t round_up(std::int64_t value, std::int64_t grain) {
  return (value + grain - 1) / grain * grain;
}

std::vector<ArenaEntry> place(const std::vector<ArenaTensor>& tensors, std::int64_t& next) {
  std::vector<ArenaEntry> entries;
  for (const ArenaTensor& tensor : tensors) {
    const std::int64_t count = std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                               std::int64_t{1}, std::multiplies<>());
    entries.push_back({tensor.name, tensor.shape, next, count});
    next = round_up(next + count, kAlignElements);
  }
  next = round_up(next, kBlockElements);
  return entries;
}

}  // namespace

ArenaLayout::ArenaLayout(const std::vector<ArenaTensor>& parameters,
                         const std::vector<ArenaTensor>& statistics) {
  std::int64_t next = 0;
  parameters_ = place(parameters, next);
  parameter_elements_ = next;
  statistics_ = place(statistics, next);
  total_elements_ = next;
}

comm::ElementRange ArenaLayout::shard_blocks(int local_rank, int local_ranks) const {
  return {blocks() * local_rank / local_ranks, blocks() * (local_rank + 1) / local_ranks};
}

}  // namespace muster::worker
