#include "common/config/needs.h"

#include <variant>

namespace muster::config {

std::vector<FieldNeed> needs_of(const Experiment& experiment) {
  std::vector<FieldNeed> needs =
      std::visit([](const auto& model) { return model.reads(); }, experiment.model.options);
  const ModelOutput output = output_of(experiment.model);
  for (FieldNeed& need : std::visit([&](const auto& objective) { return objective.reads(output); },
                                    experiment.objective)) {
    needs.push_back(std::move(need));
  }
  return needs;
}

ModelOutput output_of(const Model& model) {
  return std::visit([](const auto& options) { return options.output(); }, model.options);
}

}  // namespace muster::config
