#include "worker/snapshot/state_view.h"

#include <algorithm>

namespace muster::worker {

std::int64_t StateView::blocks() const {
  std::int64_t most = 0;
  for (const StateColumn& column : columns) most = std::max(most, column.blocks);
  return most;
}

BlockRange blocks_of(const StateColumn& column, BlockRange blocks) {
  const std::int64_t begin = std::min(blocks.begin, column.blocks);
  return {begin, std::clamp(blocks.end, begin, column.blocks)};
}

std::int64_t bytes_of(const StateView& state, BlockRange blocks) {
  std::int64_t bytes = 0;
  for (const StateColumn& column : state.columns) {
    bytes += blocks_of(column, blocks).size() * column.block_bytes;
  }
  return bytes;
}

}  // namespace muster::worker
