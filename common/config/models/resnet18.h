// Options of model `resnet18`: the residual network of 18 layers, as torchvision has it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"
#include "common/config/models/initial_weights.h"

namespace muster::config {

/// What stands before the residual blocks.
enum class ResnetStem {
  imagenet,  // A 7x7 convolution and a max pooling, both of stride 2: for photographs.
  small,     // A 3x3 convolution of stride 1: for images of about 32x32.
};

struct Resnet18Options {
  static constexpr const char* kName = "resnet18";

  std::vector<std::int64_t> input;  // Shape of one sample: [channels, height, width].
  ResnetStem stem = ResnetStem::imagenet;
  std::int64_t classes = 0;
  InitialWeights initial = {};

  std::vector<FieldNeed> reads() const;
  ModelOutput output() const;
  bool operator==(const Resnet18Options&) const = default;
};

void describe(Fields<Resnet18Options>& fields);

}  // namespace muster::config
