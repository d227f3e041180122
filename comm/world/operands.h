// The parts that the ranks of a node bring to a reduction, as this rank can read them: in place
// where they lie in shared memory, else through the staging area, one window of elements at a time.
#pragma once

#include <span>
#include <vector>

#include "comm/node/kernels.h"
#include "comm/world/reduce_tree.h"
#include "comm/world/world.h"

namespace muster::comm {

/// Some elements of a buffer: element e is at data + (e - first) * bytes per element.
struct Target {
  std::byte* data = nullptr;
  std::int64_t first = 0;

  std::byte* at(std::int64_t element, DType dtype) const {
    return data + (element - first) * static_cast<std::int64_t>(bytes_per_element(dtype));
  }
};

class Operands {
 public:
  /// After NodeGroup::enter() with the same `mine`. The tree and `mine` outlive this.
  Operands(World& world, const ReduceTree& tree, std::span<const Buffer> mine);

  /// True when a rank of this node has to copy its parts for the others.
  bool any_private() const { return any_private_; }

  /// True when a rank of this node lets the others read its parts in place: they have to be done
  /// before it may go on.
  bool any_in_place() const { return any_in_place_; }

  /// Makes the elements of `window` readable. Waits for the node's ranks where anything is copied.
  void open(const ElementRange& window, const Call& call);

  /// All parts of this node, from left to right, from `element` of the open window on.
  std::vector<Leaf> leaves_at(std::int64_t element) const;

 private:
  std::byte* stage_of(int local_rank, int part, std::int64_t window_size) const;

  World& world_;
  const ReduceTree& tree_;
  std::span<const Buffer> mine_;
  DType dtype_;
  std::vector<Target> parts_;  // Of the open window, by local rank and part.
  bool any_private_ = false;
  bool any_in_place_ = false;
};

}  // namespace muster::comm
