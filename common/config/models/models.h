// Every model there is. A new one: its options here (describe.h says how), its name in the variant,
// and one file in worker/models/.
#pragma once

#include <variant>

#include "common/config/models/convnet.h"
#include "common/config/models/gpt.h"
#include "common/config/models/initial_weights.h"
#include "common/config/models/mlp.h"
#include "common/config/models/recommender.h"
#include "common/config/models/resnet18.h"

namespace muster::config {

using ModelOptions =
    std::variant<MlpOptions, ConvnetOptions, Resnet18Options, GptOptions, RecommenderOptions>;

/// What every model has.
inline const InitialWeights& initial_weights_of(const ModelOptions& model) {
  return std::visit([](const auto& options) -> const InitialWeights& { return options.initial; },
                    model);
}
inline InitialWeights& initial_weights_of(ModelOptions& model) {
  return std::visit([](auto& options) -> InitialWeights& { return options.initial; }, model);
}

}  // namespace muster::config
