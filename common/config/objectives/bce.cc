#include "common/config/objectives/bce.h"

#include "common/config/fields.h"
#include "common/config/objectives/float_targets.h"

namespace muster::config {

std::vector<FieldNeed> BceOptions::reads(const ModelOutput& output) const {
  return float_targets(
      output, ValueRange{.least = 0, .greatest = 1, .reason = "objective bce reads probabilities"});
}

void describe(Fields<BceOptions>& fields) {
  fields.summary(
      "Binary cross entropy: the model's outputs are logits of yes or no, targets are 1, 0 or a "
      "probability between. Metrics: loss, accuracy, auc (the area under the ROC curve; targets "
      "above 0.5 count as yes).");
}

}  // namespace muster::config
