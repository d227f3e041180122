// The arithmetic of all reductions. Every element is computed from the same operands in the same
// order however a buffer is cut, by whichever rank: no result depends on chunks, ranks or
// alignment.
//
// This file's source is compiled with -ffp-contract=off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "comm/communicator.h"
#include "common/lanes/summation_tree.h"

namespace muster::comm {

/// One operand: `count` elements from `data` on.
struct Leaf {
  const std::byte* data;
  DType dtype;
};

/// The type that values of `dtype` are combined in: float32 for bfloat16, else the type itself.
DType accumulator_of(DType dtype);

/// How evaluate() writes: `streamed` past the caches, for results that are larger than these.
enum class Store { cached, streamed };

/// True for the types that evaluate() takes: float32, float64, bfloat16, int64.
bool is_reducible(DType dtype);

/// out[i] = program(leaves)[i] for i in [0, count). Leaves are of `out_dtype` or of its
/// accumulator; `out_dtype` itself may be an accumulator. bfloat16 is rounded once, to nearest
/// even, at the end. `out` may be exactly one of the leaves, but must not overlap one otherwise.
/// sum of int64 wraps around. min and max give a NaN where an operand is one, and the lower operand
/// of two equal ones (-0 and +0). `store` matters for speed only, and not for bfloat16.
void evaluate(std::span<const TreeStep> program, std::span<const Leaf> leaves, std::int64_t count,
              ReduceOp op, DType out_dtype, std::byte* out, Store store = Store::cached);

}  // namespace muster::comm
