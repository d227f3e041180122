// Options of model `mlp`: linear layers with ReLU between them.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"
#include "common/config/models/initial_weights.h"

namespace muster::config {

struct MlpOptions {
  static constexpr const char* kName = "mlp";

  std::vector<std::int64_t> input;   // Shape of one sample; flattened. [1, 8, 8] is 64 inputs.
  std::vector<std::int64_t> hidden;  // Width of each hidden layer; may be empty.
  std::int64_t classes = 0;          // Width of the last layer.
  InitialWeights initial = {};

  std::vector<FieldNeed> reads() const;
  ModelOutput output() const;
  bool operator==(const MlpOptions&) const = default;
};

void describe(Fields<MlpOptions>& fields);

}  // namespace muster::config
