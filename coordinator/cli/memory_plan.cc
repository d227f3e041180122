#include "coordinator/cli/memory_plan.h"

#include <algorithm>

#include "common/lanes/lane_range.h"
#include "common/lanes/summation_tree.h"

namespace muster::coordinator::cli {
namespace {

constexpr int kListedOneByOne = 8;  // Worlds up to this size are listed with every smaller one.

/// Workers [begin, end) on one node.
struct Node {
  int begin = 0;
  int end = 0;
};

std::vector<Node> nodes_of(const WorldSize& world) {
  const int size = std::min(world.ranks_per_node.value_or(world.workers), world.workers);
  std::vector<Node> nodes;
  for (int begin = 0; begin < world.workers; begin += size) {
    nodes.push_back({begin, std::min(begin + size, world.workers)});
  }
  return nodes;
}

std::int64_t divide_up(std::int64_t total, std::int64_t parts) {
  return (total + parts - 1) / parts;
}

std::int64_t arena_bytes(const run::Inspection& inspection) {
  return inspection.arena_elements * inspection.bytes_per_element;
}

std::int64_t parts_count(const LaneRange& lanes, std::int64_t all_lanes) {
  return static_cast<std::int64_t>(tree_cover(lanes, all_lanes).size());
}

}  // namespace

int state_copies(const config::Experiment& experiment) {
  constexpr int kSnapshotSlots = 2;
  const int staging = experiment.checkpoint.interval ? 1 : 0;  // The last one needs none.
  return staging + (experiment.snapshot.enabled ? kSnapshotSlots : 0);
}

WorldMemory memory_of(const run::Inspection& inspection, const WorldSize& world) {
  const std::int64_t arena = arena_bytes(inspection);
  const std::vector<LaneRange> lanes = lanes_of_workers(world.lanes, world.workers);
  const std::vector<Node> nodes = nodes_of(world);

  WorldMemory memory;
  memory.workers = world.workers;
  memory.nodes = static_cast<int>(nodes.size());
  memory.shared_bytes = arena + inspection.frozen_elements * inspection.bytes_per_element;
  memory.copies_bytes = world.state_copies * (1 + inspection.optimizer_slots) * arena;
  for (const Node& node : nodes) {
    const std::int64_t shard = divide_up(inspection.optimizer_slots * arena, node.end - node.begin);
    std::int64_t node_bytes = memory.shared_bytes + memory.copies_bytes;
    for (int worker = node.begin; worker < node.end; ++worker) {
      const LaneRange& own = lanes[static_cast<std::size_t>(worker)];
      const int buffers = buffers_needed(own, world.lanes);
      const std::int64_t bytes = buffers * arena + shard;
      memory.lanes_per_worker = std::max(memory.lanes_per_worker, own.size());
      memory.gradient_buffers = std::max(memory.gradient_buffers, buffers);
      memory.worker_bytes = std::max(memory.worker_bytes, bytes);
      node_bytes += bytes;
    }
    memory.node_bytes = std::max(memory.node_bytes, node_bytes);
  }
  return memory;
}

std::vector<WorldMemory> memory_of_smaller(const run::Inspection& inspection,
                                           const WorldSize& world) {
  std::vector<WorldMemory> all;
  WorldSize size = world;
  while (size.workers >= 1) {
    all.push_back(memory_of(inspection, size));
    size.workers = size.workers > kListedOneByOne ? size.workers / 2 : size.workers - 1;
  }
  return all;
}

StepTraffic traffic_of(const run::Inspection& inspection, const WorldSize& world) {
  const std::int64_t arena = arena_bytes(inspection);
  const std::vector<LaneRange> lanes = lanes_of_workers(world.lanes, world.workers);
  const std::vector<Node> nodes = nodes_of(world);
  const auto node_count = static_cast<std::int64_t>(nodes.size());

  StepTraffic traffic;
  traffic.gradient_bytes = arena;
  for (const Node& node : nodes) {
    // Inside the node: of each worker's parts, the other workers of the node read their shards.
    std::int64_t parts = 0;
    for (int worker = node.begin; worker < node.end; ++worker) {
      parts += parts_count(lanes[static_cast<std::size_t>(worker)], world.lanes);
    }
    const std::int64_t ranks = node.end - node.begin;
    traffic.shared_bytes = std::max(traffic.shared_bytes, parts * arena * (ranks - 1) / ranks);

    // Between nodes: the node's merged parts go to their owners, the sums of its own share to
    // everyone.
    const LaneRange of_node{lanes[static_cast<std::size_t>(node.begin)].begin,
                            lanes[static_cast<std::size_t>(node.end - 1)].end};
    const std::int64_t sent = parts_count(of_node, world.lanes) + 1;
    traffic.network_bytes =
        std::max(traffic.network_bytes, sent * arena * (node_count - 1) / node_count);
  }
  return traffic;
}

}  // namespace muster::coordinator::cli
