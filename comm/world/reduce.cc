#include "comm/world/reduce.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "comm/network/plan.h"
#include "comm/world/operands.h"
#include "comm/world/reduce_over_nodes.h"
#include "comm/world/windows.h"

namespace muster::comm {
namespace {

// An all-reduce of at most this is added by every rank for itself: one barrier instead of two.
constexpr std::size_t kSmallBytes = 4096;

// What an all-reduce of private memory stages at a time, small enough to stay in the caches.
constexpr std::int64_t kCachedWindowBytes = std::int64_t{512} << 10U;

// Sums of so much are written past the caches: parts and sums together are larger than these, and
// so is what the optimizer reads next.
constexpr std::int64_t kStreamedBytes = std::int64_t{24} << 20U;

std::byte* bytes_at(const Buffer& buffer, std::int64_t element) {
  return Target{static_cast<std::byte*>(buffer.data)}.at(element, buffer.dtype);
}

// An all-reduce on one node. The owner of a slice puts the sums where every rank finds them: into
// its shared buffer, or into the owner's stage, from where the ranks with private buffers copy
// them.
class NodeAllReduce {
 public:
  NodeAllReduce(World& world, const ReduceTree& tree, const Buffer& buffer, ReduceOp op)
      : world_(world),
        tree_(tree),
        buffer_(buffer),
        op_(op),
        operands_(world, tree, {&buffer, 1}) {}

  void run(const Call& call) {
    const std::int64_t elements = operands_.any_private()
                                      ? window_elements(kCachedWindowBytes, buffer_.dtype)
                                      : buffer_.count;
    for_each_window(buffer_.count, elements, [&](const ElementRange& window) {
      operands_.open(window, call);
      add_slice(window);
      world_.node.barrier(call);
      copy_out(window);
    });
  }

 private:
  // Where the sums of this rank's slice go: the first one is computed, the others are copied from
  // it while it is in the cache. They may replace the operands, since nobody else reads this slice
  // of anyone's.
  std::vector<Target> targets_of(const ElementRange& window) const {
    std::vector<Target> targets;
    for (int rank = 0; rank < world_.node.ranks(); ++rank) {
      std::byte* shared = world_.node.buffer_of(rank, 0);
      if (shared == nullptr) continue;
      targets.push_back({shared});
      if (rank == world_.nodes.local_rank) std::swap(targets.front(), targets.back());
    }
    if (operands_.any_private()) {
      targets.push_back({world_.node.stage_of(world_.nodes.local_rank), window.begin});
    }
    return targets;
  }

  void add_slice(const ElementRange& window) {
    const ElementRange slice = piece_of(window, world_.nodes.local_rank, world_.node.ranks());
    const std::vector<Target> targets = targets_of(window);
    std::vector<Leaf> leaves = operands_.leaves_at(slice.begin);
    const std::int64_t block = window_elements(kBlockBytes, buffer_.dtype);
    for (std::int64_t begin = slice.begin; begin < slice.end; begin += block) {
      const std::int64_t count = std::min(block, slice.end - begin);
      const auto bytes = static_cast<std::size_t>(count) * bytes_per_element(buffer_.dtype);
      std::byte* const sums = targets.front().at(begin, buffer_.dtype);
      evaluate(tree_.total(), leaves, count, op_, buffer_.dtype, sums);
      for (std::size_t other = 1; other < targets.size(); ++other) {
        std::memcpy(targets[other].at(begin, buffer_.dtype), sums, bytes);
      }
      for (Leaf& leaf : leaves) leaf.data += bytes;
    }
  }

  void copy_out(const ElementRange& window) {
    if (world_.node.buffer_of(world_.nodes.local_rank, 0) != nullptr) return;
    for (int rank = 0; rank < world_.node.ranks(); ++rank) {
      const ElementRange slice = piece_of(window, rank, world_.node.ranks());
      const Target stage{world_.node.stage_of(rank), window.begin};
      std::memcpy(bytes_at(buffer_, slice.begin), stage.at(slice.begin, buffer_.dtype),
                  static_cast<std::size_t>(slice.size()) * bytes_per_element(buffer_.dtype));
    }
  }

  static constexpr std::int64_t kBlockBytes = 16384;

  World& world_;
  const ReduceTree& tree_;
  const Buffer& buffer_;
  ReduceOp op_;
  Operands operands_;
};

void small_all_reduce(World& world, const ReduceTree& tree, const Buffer& buffer, ReduceOp op,
                      const Call& call) {
  world.node.next_stage();
  if (buffer.count > 0) {
    std::memcpy(world.node.stage_of(world.nodes.local_rank), buffer.data, buffer.bytes());
  }
  world.node.enter(call, {});
  std::vector<Leaf> leaves;
  for (int rank = 0; rank < world.node.ranks(); ++rank) {
    leaves.push_back({world.node.stage_of(rank), buffer.dtype});
  }
  evaluate(tree.total(), leaves, buffer.count, op, buffer.dtype,
           static_cast<std::byte*>(buffer.data));
}

// Where the ranks of every node find the sums of a window: each keeps those of its slice.
std::vector<ElementRange> slices_of(const NodeLayout& nodes, const ElementRange& window) {
  std::vector<ElementRange> slices;
  for (const std::vector<int>& ranks : nodes.ranks_of_node) {
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      slices.push_back(piece_of(window, static_cast<int>(i), static_cast<int>(ranks.size())));
    }
  }
  return slices;
}

void all_reduce_over_nodes(World& world, const ReduceTree& tree, const Buffer& buffer, ReduceOp op,
                           Scratch& scratch, const Call& call) {
  Operands operands(world, tree, {&buffer, 1});
  const bool is_alone = world.node.ranks() == 1;
  for_each_window(
      buffer.count, window_elements(kWindowBytes, buffer.dtype), [&](const ElementRange& window) {
        operands.open(window, call);
        // Peers still read this rank's operands, so the sums go to the stage's second half.
        if (!is_alone && !operands.any_private()) world.node.next_stage();
        const auto result_of = [&](int local_rank) {
          return Target{world.node.stage_of(local_rank) + kWindowBytes, window.begin};
        };
        const Target out = is_alone ? Target{static_cast<std::byte*>(buffer.data)}
                                    : result_of(world.nodes.local_rank);
        const std::vector<ElementRange> slices = slices_of(world.nodes, window);
        reduce_over_nodes(world, tree, operands, plan_reduction(slices, world.nodes, window), op,
                          buffer.dtype, out, scratch, call);
        if (is_alone) return;
        world.node.barrier(call);
        const int first = world.node.place().first_rank;
        for (int rank = 0; rank < world.node.ranks(); ++rank) {
          const ElementRange& slice = slices[static_cast<std::size_t>(first + rank)];
          std::memcpy(bytes_at(buffer, slice.begin), result_of(rank).at(slice.begin, buffer.dtype),
                      static_cast<std::size_t>(slice.size()) * bytes_per_element(buffer.dtype));
        }
      });
}

}  // namespace

void reduce_scatter(World& world, const ReduceTree& tree, const ReduceLayout& layout,
                    std::span<const void* const> parts, void* out, Scratch& scratch,
                    const Call& call) {
  std::vector<Buffer> mine;
  for (const void* part : parts) {
    mine.push_back({const_cast<void*>(part), layout.count(), layout.dtype()});
  }
  world.node.enter(call, mine);
  if (world.network != nullptr) world.network->begin(call);
  Operands operands(world, tree, mine);
  const ElementRange wanted = layout.wanted(world.rank.index);
  const Target target{static_cast<std::byte*>(out), wanted.begin};

  std::vector<ElementRange> wanted_of_rank;
  for (int rank = 0; rank < world.rank.count; ++rank) wanted_of_rank.push_back(layout.wanted(rank));
  const bool in_windows = world.network != nullptr || operands.any_private();
  const std::int64_t elements =
      in_windows ? window_elements(kWindowBytes / tree.parts_max(), layout.dtype())
                 : layout.count();
  const auto bytes = layout.count() * static_cast<std::int64_t>(bytes_per_element(layout.dtype()));
  const Store store = bytes >= kStreamedBytes ? Store::streamed : Store::cached;
  for_each_window(layout.count(), elements, [&](const ElementRange& window) {
    operands.open(window, call);
    if (world.network != nullptr) {
      reduce_over_nodes(world, tree, operands, plan_reduction(wanted_of_rank, world.nodes, window),
                        ReduceOp::sum, layout.dtype(), target, scratch, call);
      return;
    }
    const ElementRange range = overlap(wanted, window);
    if (range.size() == 0) return;
    evaluate(tree.total(), operands.leaves_at(range.begin), range.size(), ReduceOp::sum,
             layout.dtype(), target.at(range.begin, layout.dtype()), store);
  });
  if (operands.any_in_place()) world.node.barrier(call);
}

void all_reduce(World& world, const ReduceTree& tree, const Buffer& buffer, ReduceOp op,
                Scratch& scratch, const Call& call) {
  if (world.network == nullptr && world.node.ranks() > 1 && buffer.bytes() <= kSmallBytes) {
    return small_all_reduce(world, tree, buffer, op, call);
  }
  world.node.enter(call, {&buffer, 1});
  if (world.network != nullptr) {
    world.network->begin(call);
    return all_reduce_over_nodes(world, tree, buffer, op, scratch, call);
  }
  if (world.node.ranks() > 1) NodeAllReduce(world, tree, buffer, op).run(call);
}

}  // namespace muster::comm
