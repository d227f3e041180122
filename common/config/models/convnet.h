// Options of model `convnet`: for each channel count a 3x3 convolution, batch norm, ReLU and 2x2
// max pooling (while the image is at least 2 wide and high), then a linear layer over all that is
// left.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"
#include "common/config/models/initial_weights.h"

namespace muster::config {

struct ConvnetOptions {
  static constexpr const char* kName = "convnet";

  std::vector<std::int64_t> input;     // Shape of one sample: [channels, height, width].
  std::vector<std::int64_t> channels;  // Output channels of each convolution; at least one.
  std::int64_t classes = 0;
  InitialWeights initial = {};

  std::vector<FieldNeed> reads() const;
  ModelOutput output() const;
  bool operator==(const ConvnetOptions&) const = default;
};

void describe(Fields<ConvnetOptions>& fields);

}  // namespace muster::config
