#include "common/config/objectives/cross_entropy.h"

#include "common/config/fields.h"
#include "common/text.h"

namespace muster::config {

std::vector<FieldNeed> CrossEntropyOptions::reads(const ModelOutput& output) const {
  const ValueRange classes{.least = 0,
                           .greatest = static_cast<double>(output.width - 1),
                           .reason = concat(output.width_key, " is ", output.width)};
  return {{"label", FieldNeed::Kind::integers, output.positions, "objective.name", {classes}}};
}

void describe(Fields<CrossEntropyOptions>& fields) {
  fields.summary("Softmax cross entropy of the model's outputs against class numbers.");
}

}  // namespace muster::config
