#include "worker/optim/sgd_arithmetic.h"

namespace muster::worker {
namespace {

template <bool kNesterov, class T>
void momentum_pass(T* __restrict__ parameters, T* __restrict__ momentum,
                   const T* __restrict__ gradients, std::int64_t count, const SgdFactors& factors) {
  const T lr = static_cast<T>(factors.lr);
  const T decay = static_cast<T>(factors.weight_decay);
  const T keep = static_cast<T>(factors.momentum);
  const T intake = static_cast<T>(factors.intake);
  for (std::int64_t i = 0; i < count; ++i) {
    const T gradient = gradients[i] + decay * parameters[i];
    momentum[i] = keep * momentum[i] + intake * gradient;
    parameters[i] -= lr * (kNesterov ? gradient + keep * momentum[i] : momentum[i]);
  }
}

}  // namespace

template <class T>
void sgd(T* __restrict__ parameters, const T* __restrict__ gradients, std::int64_t count,
         const SgdFactors& factors) {
  const T lr = static_cast<T>(factors.lr);
  const T decay = static_cast<T>(factors.weight_decay);
  for (std::int64_t i = 0; i < count; ++i) {
    parameters[i] -= lr * (gradients[i] + decay * parameters[i]);
  }
}

template <class T>
void sgd_with_momentum(T* parameters, T* momentum, const T* gradients, std::int64_t count,
                       const SgdFactors& factors) {
  if (factors.nesterov) {
    momentum_pass<true>(parameters, momentum, gradients, count, factors);
  } else {
    momentum_pass<false>(parameters, momentum, gradients, count, factors);
  }
}

template void sgd(float*, const float*, std::int64_t, const SgdFactors&);
template void sgd(double*, const double*, std::int64_t, const SgdFactors&);
template void sgd_with_momentum(float*, float*, const float*, std::int64_t, const SgdFactors&);
template void sgd_with_momentum(double*, double*, const double*, std::int64_t, const SgdFactors&);

}  // namespace muster::worker
