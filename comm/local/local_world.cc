#include "comm/local/local_world.h"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "comm/local/local_host.h"
#include "comm/local/local_transport.h"
#include "comm/node_layout.h"
#include "comm/world/world_communicator.h"
#include "common/text.h"

namespace muster::comm {
namespace {

// What all threads of one world share.
class LocalWorld {
 public:
  explicit LocalWorld(const LocalWorldOptions& options)
      : options_(options),
        post_(std::make_shared<LocalPost>(options.ranks)),
        nodes_(static_cast<std::size_t>(options.ranks)) {
    for (auto& node : nodes_) node = std::make_shared<LocalNode>();
  }

  void run_rank(int index, const std::function<void(Communicator&)>& body) {
    try {
      const std::unique_ptr<Communicator> communicator = join({index, options_.ranks});
      try {
        body(*communicator);
      } catch (...) {
        keep_first(std::current_exception());
        communicator->abort(concat("rank ", index, " ended with an error"));
      }
    } catch (...) {
      keep_first(std::current_exception());
    }
  }

  void rethrow_first() {
    if (first_) std::rethrow_exception(first_);
  }

 private:
  std::unique_ptr<Communicator> join(const Rank& rank) {
    const int per_node = options_.ranks_per_node == 0 ? rank.count : options_.ranks_per_node;
    WorldParts parts{.rank = rank,
                     .nodes = layout_in_groups(rank, per_node),
                     .host = nullptr,
                     .transport = nullptr,
                     .timeout = options_.timeout,
                     .on_failure = nullptr};
    if (parts.nodes.local_ranks() == 1) {
      parts.host = std::make_unique<SoleHost>();
    } else {
      parts.host = std::make_unique<LocalHost>(nodes_[static_cast<std::size_t>(parts.nodes.node)],
                                               parts.nodes.local_rank == 0);
    }
    if (parts.nodes.nodes() > 1) {
      parts.transport = std::make_unique<LocalTransport>(post_, rank.index);
    }
    return std::make_unique<WorldCommunicator>(std::move(parts));
  }

  void keep_first(std::exception_ptr exception) {
    const std::lock_guard lock(mutex_);
    if (!first_) first_ = std::move(exception);
  }

  LocalWorldOptions options_;
  std::shared_ptr<LocalPost> post_;
  std::vector<std::shared_ptr<LocalNode>> nodes_;
  std::mutex mutex_;
  std::exception_ptr first_;  // Guarded by mutex_ while the ranks run.
};

}  // namespace

void run_local_world(const LocalWorldOptions& options,
                     const std::function<void(Communicator&)>& body) {
  LocalWorld world(options);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < options.ranks; ++rank) {
    threads.emplace_back([&world, &body, rank] { world.run_rank(rank, body); });
  }
  for (std::thread& thread : threads) thread.join();
  world.rethrow_first();
}

}  // namespace muster::comm
