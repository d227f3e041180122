// Options of model `mlp`: linear layers with ReLU between them.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/describe.h"

namespace muster::config {

struct MlpOptions {
  static constexpr const char* kName = "mlp";
  static constexpr const char* kInputField = "input";  // What it reads of a batch.

  std::vector<std::int64_t> input;   // Shape of one sample; flattened. [1, 8, 8] is 64 inputs.
  std::vector<std::int64_t> hidden;  // Width of each hidden layer; may be empty.
  std::int64_t classes = 0;          // Width of the last layer.

  bool operator==(const MlpOptions&) const = default;
};

void describe(Fields<MlpOptions>& fields);

}  // namespace muster::config
