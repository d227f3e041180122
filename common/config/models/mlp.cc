#include "common/config/models/mlp.h"

#include "common/config/fields.h"
#include "common/config/models/limits.h"

namespace muster::config {

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
      .key("classes", &MlpOptions::classes,
           "Number of classes: the width of the last layer. Labels count from 0.")
      .required("10")
      .at_least(2)
      .at_most(kWidestLayer);
  fields.check([](const MlpOptions& options, const Check& check) {
    check_input_size(options.input, check);
  });
}

}  // namespace muster::config
