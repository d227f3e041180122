#include "comm/world/reduce_over_nodes.h"

#include <algorithm>

namespace muster::comm {
namespace {

std::size_t bytes_of(const ElementRange& range, DType dtype) {
  return static_cast<std::size_t>(range.size()) * bytes_per_element(dtype);
}

// Sends the reducer of `task` this node's merged parts: from where they lie when there is nothing
// to add.
void send_merged(World& world, const ReduceTree& tree, const Operands& operands,
                 const ReduceTask& task, ReduceOp op, DType dtype, Scratch& scratch) {
  const std::vector<Leaf> leaves = operands.leaves_at(task.range.begin);
  for (const ReduceTree::Program& program : tree.merges()) {
    const std::size_t bytes = bytes_of(task.range, dtype);
    const Leaf& first = leaves[static_cast<std::size_t>(program.front().part)];
    if (program.size() == 1 && first.dtype == dtype) {
      world.network->send(task.reducer, {first.data, bytes});
      continue;
    }
    std::byte* sum = scratch.take(bytes);
    evaluate(program, leaves, task.range.size(), op, dtype, sum);
    world.network->send(task.reducer, {sum, bytes});
  }
}

// Starts to receive the merged parts of the other nodes; gives all leaves of the tree's total().
std::vector<Leaf> receive_merged(World& world, const ReduceTree& tree, const Operands& operands,
                                 const ReduceTask& task, DType dtype, Scratch& scratch) {
  std::vector<Leaf> leaves;
  for (int node = 0; node < world.nodes.nodes(); ++node) {
    if (node == world.nodes.node) {
      const std::vector<Leaf> mine = operands.leaves_at(task.range.begin);
      leaves.insert(leaves.end(), mine.begin(), mine.end());
      continue;
    }
    const int from = counterpart(world.nodes, node, task.reducer);
    const std::size_t bytes = bytes_of(task.range, dtype);
    for (int part = 0; part < tree.merged_parts_of(node); ++part) {
      std::byte* data = scratch.take(bytes);
      world.network->receive(from, {data, bytes});
      leaves.push_back({data, dtype});
    }
  }
  return leaves;
}

}  // namespace

void reduce_over_nodes(World& world, const ReduceTree& tree, const Operands& operands,
                       std::span<const ReduceTask> tasks, ReduceOp op, DType dtype,
                       const Target& out, Scratch& scratch, const Call& call) {
  const int me = world.rank.index;
  const DType accumulator = accumulator_of(dtype);
  scratch.clear();
  std::vector<std::vector<Leaf>> leaves_of_task(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].reducer == me) {
      leaves_of_task[i] = receive_merged(world, tree, operands, tasks[i], accumulator, scratch);
    }
  }
  for (const ReduceTask& task : tasks) {
    const bool is_here = node_of(world.nodes, task.reducer) == world.nodes.node;
    if (is_here || counterpart(world.nodes, world.nodes.node, task.reducer) != me) continue;
    send_merged(world, tree, operands, task, op, accumulator, scratch);
  }
  world.network->finish(call);

  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const ReduceTask& task = tasks[i];
    std::byte* result = out.at(task.range.begin, dtype);
    const std::size_t bytes = bytes_of(task.range, dtype);
    if (task.reducer == me) {
      evaluate(tree.total(), leaves_of_task[i], task.range.size(), op, dtype, result);
      for (const int other : task.others) world.network->send(other, {result, bytes});
    } else if (std::find(task.others.begin(), task.others.end(), me) != task.others.end()) {
      world.network->receive(task.reducer, {result, bytes});
    }
  }
  world.network->finish(call);
}

}  // namespace muster::comm
