#include "common/config/models/mlp.h"

#include "common/config/models/limits.h"
#include "common/config/models/shared_keys.h"

namespace muster::config {

std::vector<FieldNeed> MlpOptions::reads() const {
  return {{"input", FieldNeed::Kind::floats, input, "model.input"}};
}

ModelOutput MlpOptions::output() const { return {.width = classes, .width_key = "model.classes"}; }

void describe(Fields<MlpOptions>& fields) {
  fields.summary("Linear layers with ReLU between them.");
  fields
      .key("input", &MlpOptions::input,
           "Shape of one sample. It is flattened: [1, 8, 8] is the same as [64].")
      .required("[64]")
      .items_at_least(1)
      .at_least(1);
  fields
      .key("hidden", &MlpOptions::hidden,
           "Width of each hidden layer. Without any, the model is a single linear layer.")
      .at_least(1)
      .at_most(kWidestLayer);
  fields
      .key(
          "classes", &MlpOptions::classes,
          "Number of classes (labels count from 0), or of values to predict: the width of the last "
          "layer.")
      .required("10")
      .at_least(1)
      .at_most(kWidestLayer);
  describe_initial_weights(fields);
  fields.check([](const MlpOptions& options, const Check& check) {
    check_input_size(options.input, check);
  });
}

}  // namespace muster::config
