// The state of a training as flat memory of one node: what snapshots copy and restore. Pure bytes,
// no torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace muster::worker {

/// One flat tensor of the state, cut into blocks: the grain of sharding and hashing.
struct StateColumn {
  std::string name;           // "values", "exp_avg"
  std::byte* data = nullptr;  // [blocks * block_bytes], one per node; not owned.
  std::int64_t blocks = 0;    // From block 0 on; the columns of one state differ in length.
  std::int64_t block_bytes = 0;
};

/// All of it. The longest column has every block.
struct StateView {
  std::vector<StateColumn> columns;

  std::int64_t blocks() const;
};

/// Blocks [begin, end).
struct BlockRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  bool operator==(const BlockRange&) const = default;
};

/// What of `blocks` a column has. May be empty.
BlockRange blocks_of(const StateColumn& column, BlockRange blocks);

/// Bytes of `blocks` in all columns together.
std::int64_t bytes_of(const StateView& state, BlockRange blocks);

}  // namespace muster::worker
