// Memory that the ranks of a node reach without copies.
#pragma once

#include <cstddef>
#include <span>

namespace muster::comm {

enum class Sharing {
  one_per_node,  // One part, the same bytes for all ranks of the node.
  one_per_rank,  // One part for each rank of the node; everyone can read all of them.
};

/// Zeroed, on a 4,096-byte boundary. It has no name in any file system: when the last process that
/// maps it ends, however it ends, it is gone.
class SharedMemory {
 public:
  virtual ~SharedMemory() = default;

  /// The part of the rank with index `local_rank` on this node (of everyone for one_per_node).
  virtual std::span<std::byte> part_of(int local_rank) = 0;

  /// The part of this rank.
  virtual std::span<std::byte> mine() = 0;
};

}  // namespace muster::comm
