// A reduction between nodes: every node merges its ranks' parts and sends each reducer the elements
// it adds up; the reducers add them in tree order and send the sums to whoever else wants them.
// Where N nodes all want everything and have one merged part each, a node sends and receives
// 2(N-1)/N of the buffer.
#pragma once

#include <span>

#include "comm/network/plan.h"
#include "comm/network/scratch.h"
#include "comm/world/operands.h"

namespace muster::comm {

/// One window: `tasks` of plan_reduction(). This rank's results go to `out`, of `dtype`; that may
/// be the place of its own operand.
void reduce_over_nodes(World& world, const ReduceTree& tree, const Operands& operands,
                       std::span<const ReduceTask> tasks, ReduceOp op, DType dtype,
                       const Target& out, Scratch& scratch, const Call& call);

}  // namespace muster::comm
