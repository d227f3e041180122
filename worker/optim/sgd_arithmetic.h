// The pass of SGD over a slice of the arena. Own code, not libtorch's: each element is computed by
// the same operations in the same order wherever the slice begins and ends, and whatever vector
// instructions the processor has (compiled with -ffp-contract=off).
//
// T is float or double.
#pragma once

#include <cstdint>

namespace muster::worker {

/// Factors of one pass.
struct SgdFactors {
  double lr = 0;
  double weight_decay = 0;
  double momentum = 0;
  double intake = 1;  // Of the gradient, into the momentum: 1 - dampening; 1 at the first update.
  bool nesterov = false;
};

/// parameters[i] -= lr * (gradients[i] + weight_decay * parameters[i])
template <class T>
void sgd(T* parameters, const T* gradients, std::int64_t count, const SgdFactors& factors);

/// The same with `momentum`, which is updated too: sgd.h of the options has the formula.
template <class T>
void sgd_with_momentum(T* parameters, T* momentum, const T* gradients, std::int64_t count,
                       const SgdFactors& factors);

}  // namespace muster::worker
