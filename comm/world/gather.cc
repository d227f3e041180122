#include "comm/world/gather.h"

#include <cstring>

#include "comm/network/plan.h"
#include "comm/world/operands.h"
#include "comm/world/windows.h"

namespace muster::comm {
namespace {

std::span<std::byte> bytes_of(const Buffer& buffer, const ElementRange& range) {
  const Target target{static_cast<std::byte*>(buffer.data)};
  return {target.at(range.begin, buffer.dtype),
          static_cast<std::size_t>(range.size()) * bytes_per_element(buffer.dtype)};
}

// A buffer that every rank of a node has, all of it or some, and that they copy from each other: in
// place where it is shared memory, else through the stage of the rank that has it.
class NodeCopies {
 public:
  /// After NodeGroup::enter() with `mine` as the only buffer.
  NodeCopies(World& world, const Buffer& mine) : world_(world), mine_(mine) {
    for (int rank = 0; world_.node.ranks() > 1 && rank < world_.node.ranks(); ++rank) {
      shared_.push_back(world_.node.buffer_of(rank, 0));
      if (shared_.back() != mine.data) is_one_ = false;
      (shared_.back() == nullptr ? any_private_ : any_in_place_) = true;
    }
  }

  /// True when the buffers of all ranks of the node are the same memory: nothing is to be copied.
  bool is_one() const { return is_one_; }
  bool any_private() const { return any_private_; }
  /// True when a rank lets others read its buffer: they have to be done before it may go on.
  bool any_in_place() const { return any_in_place_ && !is_one_; }

  /// All ranks together, before the first put() of a window.
  void open(const ElementRange& window) {
    window_begin_ = window.begin;
    if (any_private_) world_.node.next_stage();
  }

  /// Lets the others read elements of mine, from the next barrier on.
  void put(const ElementRange& range) const {
    const int me = world_.nodes.local_rank;
    if (is_one_ || shared_[static_cast<std::size_t>(me)] != nullptr || range.size() == 0) return;
    const auto bytes = bytes_of(mine_, range);
    std::memcpy(source(me).at(range.begin, mine_.dtype), bytes.data(), bytes.size());
  }

  /// Copies elements of a peer to mine.
  void get(int local_rank, const ElementRange& range) const {
    if (is_one_ || local_rank == world_.nodes.local_rank || range.size() == 0) return;
    const auto bytes = bytes_of(mine_, range);
    const std::byte* from = source(local_rank).at(range.begin, mine_.dtype);
    if (from != bytes.data()) std::memcpy(bytes.data(), from, bytes.size());
  }

 private:
  Target source(int local_rank) const {
    std::byte* shared = shared_[static_cast<std::size_t>(local_rank)];
    if (shared != nullptr) return {shared};
    return {world_.node.stage_of(local_rank), window_begin_};
  }

  World& world_;
  const Buffer& mine_;
  std::vector<std::byte*> shared_;  // By local rank; nullptr where the buffer is private.
  std::int64_t window_begin_ = 0;
  bool is_one_ = true;
  bool any_private_ = false;
  bool any_in_place_ = false;
};

std::int64_t window_size(const World& world, const NodeCopies& copies, const Buffer& buffer) {
  const bool in_windows = world.network != nullptr || copies.any_private();
  return in_windows ? window_elements(kWindowBytes, buffer.dtype) : buffer.count;
}

// Brings this node the elements of the window that none of its ranks owns.
void gather_over_nodes(World& world, const Buffer& whole, std::span<const GatherTask> tasks,
                       const Call& call) {
  for (const GatherTask& task : tasks) {
    const auto bytes = bytes_of(whole, task.range);
    if (task.from == world.rank.index) world.network->send(task.to, bytes);
    if (task.to == world.rank.index) world.network->receive(task.from, bytes);
  }
  world.network->finish(call);
}

void gather_in_node(World& world, NodeCopies& copies, std::span<const ElementRange> owned,
                    std::span<const GatherTask> tasks, const ElementRange& window,
                    const Call& call) {
  copies.open(window);
  copies.put(overlap(owned[static_cast<std::size_t>(world.rank.index)], window));
  for (const GatherTask& task : tasks) {
    if (task.to == world.rank.index) copies.put(task.range);
  }
  world.node.barrier(call);
  const int first = world.node.place().first_rank;
  for (int rank = 0; rank < world.node.ranks(); ++rank) {
    copies.get(rank, overlap(owned[static_cast<std::size_t>(first + rank)], window));
    for (const GatherTask& task : tasks) {
      if (task.to == first + rank) copies.get(rank, task.range);
    }
  }
}

// Hands the window on from node to node: node i (counted from the root's) has it from the node
// whose number is i without its highest bit.
void broadcast_over_nodes(World& world, std::span<std::byte> bytes, int root, const Call& call) {
  const int nodes = world.nodes.nodes();
  const int root_node = node_of(world.nodes, root);
  const int mine = (world.nodes.node - root_node + nodes) % nodes;
  const auto speaker = [&](int node) {
    return counterpart(world.nodes, (node + root_node) % nodes, root);
  };
  int bit = 1;
  for (; bit <= mine; bit *= 2) {
    if (mine < 2 * bit) {
      world.network->receive(speaker(mine - bit), bytes);
      world.network->finish(call);
    }
  }
  for (; mine + bit < nodes; bit *= 2) world.network->send(speaker(mine + bit), bytes);
  world.network->finish(call);
}

}  // namespace

void all_gather(World& world, const Buffer& whole, std::span<const ElementRange> owned,
                const Call& call) {
  world.node.enter(call, {&whole, 1});
  if (world.network != nullptr) world.network->begin(call);
  if (whole.count == 0) return;
  NodeCopies copies(world, whole);
  if (world.network == nullptr && copies.is_one()) return;
  for_each_window(whole.count, window_size(world, copies, whole), [&](const ElementRange& window) {
    std::vector<GatherTask> tasks;
    if (world.network != nullptr) {
      tasks = plan_gather(owned, world.nodes, window);
      gather_over_nodes(world, whole, tasks, call);
    }
    if (!copies.is_one()) gather_in_node(world, copies, owned, tasks, window, call);
  });
  if (copies.any_in_place() || copies.is_one()) world.node.barrier(call);
}

void broadcast(World& world, const Buffer& buffer, int root, const Call& call) {
  world.node.enter(call, {&buffer, 1});
  if (world.network != nullptr) world.network->begin(call);
  if (buffer.count == 0) return;
  NodeCopies copies(world, buffer);
  if (world.network == nullptr && copies.is_one()) return;
  const int source =
      world.network == nullptr ? root : counterpart(world.nodes, world.nodes.node, root);
  const int local_source = source - world.node.place().first_rank;
  for_each_window(buffer.count, window_size(world, copies, buffer),
                  [&](const ElementRange& window) {
                    if (world.network != nullptr && source == world.rank.index) {
                      broadcast_over_nodes(world, bytes_of(buffer, window), root, call);
                    }
                    if (copies.is_one()) return;
                    copies.open(window);
                    if (source == world.rank.index) copies.put(window);
                    world.node.barrier(call);
                    copies.get(local_source, window);
                  });
  if (copies.any_in_place() || copies.is_one()) world.node.barrier(call);
}

void barrier(World& world, const Call& call) {
  world.node.enter(call, {});
  if (world.network == nullptr) return;
  world.network->begin(call);
  if (world.nodes.local_rank == 0) {
    const int nodes = world.nodes.nodes();
    const auto first_rank = [&](int node) {
      return world.nodes.ranks_of_node[static_cast<std::size_t>(node % nodes)].front();
    };
    std::byte token{1};
    for (int distance = 1; distance < nodes; distance *= 2) {
      std::byte received{};
      world.network->send(first_rank(world.nodes.node + distance), {&token, 1});
      world.network->receive(first_rank(world.nodes.node + nodes - distance), {&received, 1});
      world.network->finish(call);
    }
  }
  world.node.barrier(call);
}

}  // namespace muster::comm
