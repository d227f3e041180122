#include "worker/optim/optimizer.h"

#include <variant>

namespace muster::worker {

OptimizerPointer make_optimizer(const config::OptimizerOptions& options, std::int64_t elements,
                                at::ScalarType type) {
  return std::visit([&](const auto& chosen) { return make_optimizer(chosen, elements, type); },
                    options);
}

double peak_lr(const config::OptimizerOptions& options) {
  return std::visit([](const auto& chosen) { return chosen.lr; }, options);
}

}  // namespace muster::worker
