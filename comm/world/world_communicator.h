// The communicator of the CPU backends: checks arguments, numbers the operations, and latches. The
// operations themselves are in reduce.h and gather.h. Work is done inside the call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "comm/communicator.h"
#include "comm/network/network.h"
#include "comm/network/scratch.h"
#include "comm/node/node_group.h"
#include "comm/world/reduce_tree.h"
#include "comm/world/world.h"

namespace muster::comm {

/// What a backend brings.
struct WorldParts {
  Rank rank;
  NodeLayout nodes;
  std::unique_ptr<NodeHost> host;
  std::unique_ptr<Transport> transport;  // Empty when all ranks are on one node.
  std::chrono::nanoseconds timeout;
  std::function<void()> on_failure;  // Called once, after the first error. May be empty.
};

class WorldCommunicator final : public Communicator {
 public:
  /// Collective over the node; blocks until its ranks have met.
  explicit WorldCommunicator(WorldParts parts);
  /// During the unwinding of an exception it tells the other ranks that this one has given up.
  ~WorldCommunicator() override;

  Rank rank() const override { return rank_; }
  const NodeLayout& nodes() const override { return nodes_; }
  std::shared_ptr<SharedMemory> allocate_shared(std::size_t bytes, Sharing sharing) override;
  Work reduce_scatter(const ReduceLayout& layout, std::span<const void* const> parts, void* out,
                      const CallOptions& options) override;
  Work all_gather(Buffer whole, std::span<const ElementRange> owned,
                  const CallOptions& options) override;
  Work all_reduce(Buffer buffer, ReduceOp op, const CallOptions& options) override;
  Work broadcast(Buffer buffer, int root, const CallOptions& options) override;
  Work barrier(const CallOptions& options) override;
  void keep_record(std::unique_ptr<flight::Recorder> recorder) override;
  void abort(const std::string& reason) override;

 private:
  Call begin(const Operation& operation, const CallOptions& options);
  Operation numbered(OperationKind kind);
  const ReduceTree& tree_of(const ReduceLayout& layout);
  template <class Body>
  void run(const Call& call, Body body);
  Error with_absent_ranks(const Error& error, const Call& call) const;
  void finish_for_ever(const AbortRecord& record);

  Rank rank_;
  NodeLayout nodes_;
  std::chrono::nanoseconds timeout_;
  std::function<void()> on_failure_;
  int exceptions_at_start_;
  NodeGroup node_;
  std::unique_ptr<Network> network_;
  World world_;
  ReduceTree rank_tree_;                       // One lane for each rank: for all_reduce.
  std::map<std::uint64_t, ReduceTree> trees_;  // Of layouts, by digest.
  Scratch scratch_;
  std::uint64_t operations_ = 0;
  std::uint64_t allocations_ = 0;
  std::unique_ptr<flight::Recorder> recorder_;  // May be empty.
  std::optional<AbortRecord> finished_;         // Why, after the first error.
};

}  // namespace muster::comm
