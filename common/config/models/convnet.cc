#include "common/config/models/convnet.h"

#include "common/config/models/limits.h"
#include "common/config/models/shared_keys.h"

namespace muster::config {

std::vector<FieldNeed> ConvnetOptions::reads() const {
  return {{"input", FieldNeed::Kind::floats, input, "model.input"}};
}

ModelOutput ConvnetOptions::output() const {
  return {.width = classes, .width_key = "model.classes"};
}

void describe(Fields<ConvnetOptions>& fields) {
  fields.summary(
      "For each entry of channels a 3x3 convolution, batch norm, ReLU and 2x2 max pooling (while "
      "the image is at least 2 wide and high); then a linear layer over all that is left.");
  fields.key("input", &ConvnetOptions::input, "Shape of one sample: [channels, height, width].")
      .required("[1, 8, 8]")
      .items(3, "[channels, height, width]")
      .at_least(1);
  fields
      .key("channels", &ConvnetOptions::channels,
           "Output channels of each convolution, from the first to the last.")
      .required("[32, 64]")
      .items_at_least(1)
      .at_least(1)
      .at_most(kWidestLayer);
  fields
      .key(
          "classes", &ConvnetOptions::classes,
          "Number of classes (labels count from 0), or of values to predict: the width of the last "
          "layer.")
      .required("10")
      .at_least(1)
      .at_most(kWidestLayer);
  describe_initial_weights(fields);
  fields.check([](const ConvnetOptions& options, const Check& check) {
    check_input_size(options.input, check);
  });
}

}  // namespace muster::config
