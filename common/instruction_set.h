// Vector instructions of x86-64 processors. Libraries choose their kernels by them, and other
// kernels give other bits: so the choice is part of an experiment, not of the machine it runs on.
#pragma once

#include <string_view>

namespace muster {

/// From the least to the most; each includes those before it.
enum class InstructionSet {
  baseline,  // What every x86-64 processor of the last fifteen years has: SSE4.1.
  avx2,      // With FMA.
  avx512,    // F, BW, DQ and VL, the set that libtorch's and oneDNN's kernels ask for.
};

/// The most that this processor has.
InstructionSet native_instruction_set();

/// "avx2", as it is written in an experiment.
std::string_view to_string(InstructionSet instructions);

}  // namespace muster
