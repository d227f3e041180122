#include "common/config/objectives/mse.h"

#include "common/config/fields.h"
#include "common/config/objectives/float_targets.h"

namespace muster::config {

std::vector<FieldNeed> MseOptions::reads(const ModelOutput& output) const {
  return float_targets(output);
}

void describe(Fields<MseOptions>& fields) {
  fields.summary(
      "Mean squared error of the model's outputs against numbers. Metrics: loss, mae (the mean "
      "absolute error).");
}

}  // namespace muster::config
