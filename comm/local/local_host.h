// Threads of one process as the ranks of a node: the first makes the memory, the others take it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "comm/node/node_host.h"

namespace muster::comm {

/// The memory of one node, in the order of its allocation.
class LocalNode {
 public:
  void add(std::shared_ptr<Mapping> mapping);
  /// Mapping number `index`; waits for it a few milliseconds, else nullptr.
  std::shared_ptr<Mapping> get(std::size_t index);

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::vector<std::shared_ptr<Mapping>> mappings_;  // Guarded by mutex_.
};

class LocalHost final : public NodeHost {
 public:
  LocalHost(std::shared_ptr<LocalNode> node, bool is_first)
      : node_(std::move(node)), is_first_(is_first) {}

  std::shared_ptr<Mapping> share(std::size_t bytes, Backing backing,
                                 const std::function<void()>& check) override;
  bool has_ended(int) override { return false; }  // A thread that ends destroys its communicator.

 private:
  std::shared_ptr<LocalNode> node_;
  bool is_first_;
  std::size_t shared_ = 0;  // Mappings this rank has.
};

}  // namespace muster::comm
