#include "worker/optim/optimizer.h"

#include <variant>

namespace muster::worker {

std::vector<std::string> state_names(const config::OptimizerOptions& options) {
  return std::visit([](const auto& chosen) { return state_names(chosen); }, options);
}

OptimizerPointer make_optimizer(const config::OptimizerOptions& options, UpdateRanges ranges,
                                OptimizerState state) {
  return std::visit(
      [&](const auto& chosen) {
        return make_optimizer(chosen, std::move(ranges), std::move(state));
      },
      options);
}

double peak_lr(const config::OptimizerOptions& options) {
  return std::visit([](const auto& chosen) { return chosen.lr; }, options);
}

double weight_decay(const config::OptimizerOptions& options) {
  return std::visit([](const auto& chosen) { return chosen.weight_decay; }, options);
}

const std::vector<config::ParameterGroup>& parameter_groups(
    const config::OptimizerOptions& options) {
  return std::visit(
      [](const auto& chosen) -> const auto& { return chosen.groups; }, options);
}

}  // namespace muster::worker
