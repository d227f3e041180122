// all_reduce and reduce_scatter. Both add in the order of the canonical tree; they differ in who
// wants what and where it goes.
#pragma once

#include <span>

#include "comm/network/scratch.h"
#include "comm/reduce_layout.h"
#include "comm/world/reduce_tree.h"
#include "comm/world/world.h"

namespace muster::comm {

/// `tree` is that of the layout. Arguments are as for Communicator::reduce_scatter, checked
/// already.
void reduce_scatter(World& world, const ReduceTree& tree, const ReduceLayout& layout,
                    std::span<const void* const> parts, void* out, Scratch& scratch,
                    const Call& call);

/// `tree` has one lane for each rank. Arguments are as for Communicator::all_reduce, checked
/// already.
void all_reduce(World& world, const ReduceTree& tree, const Buffer& buffer, ReduceOp op,
                Scratch& scratch, const Call& call);

}  // namespace muster::comm
