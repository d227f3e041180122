// The ranks of a world and what they do together. Three backends: local (ranks are threads of one
// process, for tests), mpi (processes: shared memory inside a node, MPI between nodes), nccl
// (GPUs). One test suite runs over all of them.
//
// Collective: every rank makes the same calls in the same order with equal shapes. A rank that
// makes another call than its peers is found and named (Error{invalid}), it does not hang. Latched:
// after the first error of any operation the communicator is finished; every later call throws
// Error{aborted} at once. A new world is made by starting again. An error appears in wait(), or in
// the call where the backend does the work there already (local and mpi do). Threads: one thread at
// a time, except abort(), which any thread may call at any time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "comm/buffer.h"
#include "comm/reduce_layout.h"
#include "comm/shared_memory.h"
#include "comm/work.h"
#include "common/flight/recorder.h"

namespace muster::comm {

/// This rank's place in the world. A struct, so that index and count cannot be swapped.
struct Rank {
  int index = 0;
  int count = 1;
};

/// Which ranks share a node. Nodes may have different numbers of ranks; the ranks of a node are
/// consecutive.
struct NodeLayout {
  std::vector<std::vector<int>> ranks_of_node;  // By node; ascending.
  int node = 0;                                 // This rank's.
  int local_rank = 0;                           // Its index in ranks_of_node[node].

  int nodes() const { return static_cast<int>(ranks_of_node.size()); }
  int local_ranks() const {
    return static_cast<int>(ranks_of_node[static_cast<std::size_t>(node)].size());
  }
};

enum class ReduceOp { sum, min, max };

struct CallOptions {
  Stream stream = nullptr;              // The operation starts after what is queued on it.
  std::chrono::nanoseconds timeout{0};  // 0: the communicator's.
  std::string_view label = {};          // What is moved ("gradients"): for messages and records. A
                                        // text that lives as long as the program.
};

class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual Rank rank() const = 0;
  virtual const NodeLayout& nodes() const = 0;

  /// Memory shared by the ranks of this node, `bytes` per part. Collective over the node; blocks;
  /// the same deadline and errors as an operation. Also throws Error{unavailable} when there is not
  /// enough memory.
  virtual std::shared_ptr<SharedMemory> allocate_shared(std::size_t bytes, Sharing sharing) = 0;

  /// Adds the partial sums of all ranks in the order of the canonical tree and gives this rank the
  /// elements it wants.
  ///
  /// `parts[i]` is this rank's sum over layout.parts_of(rank)[i]: [layout.count()]. `out`:
  /// [layout.wanted(rank).size()]; not inside a part. Both of layout.dtype(), float32 or float64.
  /// Parts inside allocate_shared memory are read in place by the ranks of the node; others are
  /// copied. Bytes per rank and step inside a node: the wanted elements of all parts, read once.
  /// Between nodes: 2(N-1)/N of the buffer per node where the nodes' lanes are aligned ranges.
  virtual Work reduce_scatter(const ReduceLayout& layout, std::span<const void* const> parts,
                              void* out, const CallOptions& options) = 0;

  /// Every rank brings its own range of `whole` (`owned[r]`, equal on all ranks; ranks of different
  /// nodes may own the same range and then hold the same bytes) and receives the others', in place.
  /// Where `whole` is one_per_node memory and the node's ranks own all of it, nothing is copied:
  /// the call is then a barrier of the node.
  virtual Work all_gather(Buffer whole, std::span<const ElementRange> owned,
                          const CallOptions& options) = 0;

  /// Combines `buffer` element by element over all ranks, in place: all types but float16, int32
  /// and uint8.
  /// Floating-point sums are added in the order of the canonical tree over rank numbers: the same
  /// bits on every rank, at every call. bfloat16 is added in float32 and rounded once, at the end,
  /// to nearest even. int64 wraps around. min and max give a NaN where any rank has one (which of
  /// several is not said; nor is it for sums), and of equal values (-0, +0) the one of the lower
  /// rank.
  virtual Work all_reduce(Buffer buffer, ReduceOp op, const CallOptions& options) = 0;

  /// Copies `buffer` of rank `root` to all.
  virtual Work broadcast(Buffer buffer, int root, const CallOptions& options) = 0;

  /// Complete when every rank has made this call.
  virtual Work barrier(const CallOptions& options) = 0;

  /// From now on every operation is written to `recorder`, and a timeout says which ranks had not
  /// entered theirs, as far as their records in the same folder tell.
  virtual void keep_record(std::unique_ptr<flight::Recorder> recorder) = 0;

  /// Ends every operation of every rank that can still be reached, with Error{aborted} carrying
  /// `reason`. Returns at once. Any thread.
  virtual void abort(const std::string& reason) = 0;
};

}  // namespace muster::comm
