// What the backends do differently inside a node: how memory comes to be shared, and how a rank
// that died is noticed. Threads of one process share everything; processes pass file descriptors.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "comm/node/memory.h"

namespace muster::comm {

/// This rank's place among the ranks of its node.
struct NodePlace {
  int local_rank = 0;
  int local_ranks = 1;
  int first_rank = 0;  // The world's number of local rank 0: for messages.
};

enum class Backing {
  on_use,   // Pages come when they are touched.
  reserved  // Pages are there when the call returns, or it throws Error{unavailable}.
};

class NodeHost {
 public:
  virtual ~NodeHost() = default;

  /// Zeroed memory of `bytes`, the same for all ranks of the node, which all make this call. While
  /// it waits for the others it calls `check` every few milliseconds, which throws to end the wait.
  virtual std::shared_ptr<Mapping> share(std::size_t bytes, Backing backing,
                                         const std::function<void()>& check) = 0;

  /// True when the process of that rank is known to have ended.
  virtual bool has_ended(int local_rank) = 0;
};

/// A rank that has its node to itself: memory is plain, and there is nobody to lose.
class SoleHost final : public NodeHost {
 public:
  std::shared_ptr<Mapping> share(std::size_t bytes, Backing,
                                 const std::function<void()>&) override {
    return Mapping::anonymous(bytes);
  }
  bool has_ended(int) override { return false; }
};

}  // namespace muster::comm
