#include "worker/optim/optimizer.h"

#include <variant>

namespace muster::worker {

OptimizerPointer make_optimizer(const config::OptimizerOptions& options, UpdateRanges ranges,
                                at::ScalarType type) {
  return std::visit(
      [&](const auto& chosen) { return make_optimizer(chosen, std::move(ranges), type); }, options);
}

std::int64_t elements_of(const UpdateRanges& ranges) {
  return ranges.empty() ? 0 : ranges.back().begin + ranges.back().count;
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
