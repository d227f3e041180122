#include "common/config/objectives/cross_entropy.h"

#include "common/config/fields.h"
#include "common/text.h"

namespace muster::config {

std::vector<FieldNeed> CrossEntropyOptions::reads(const ModelOutput& output) const {
  ValueRange classes{.least = 0,
                     .greatest = static_cast<double>(output.width - 1),
                     .reason = concat(output.width_key, " is ", output.width)};
  if (ignore_index) {
    classes.also = static_cast<double>(*ignore_index);
    classes.reason += concat(", and ", *ignore_index, " is ignored");
  }
  return {{"label",
           FieldNeed::Kind::integers,
           output.positions,
           output.positions.empty() ? "objective.name" : output.positions_key,
           {classes}}};
}

void describe(Fields<CrossEntropyOptions>& fields) {
  fields.summary(
      "Softmax cross entropy of the model's outputs against class numbers. Metrics: loss, "
      "accuracy, "
      "perplexity (e to the power of the loss).");
  fields
      .key("ignore_index", &CrossEntropyOptions::ignore_index,
           "Targets with this number do not count, neither in the loss nor in a metric; for "
           "example -100 for padding.")
      .fallback("every target counts")
      .at_least(-9007199254740992.0)
      .at_most(9007199254740992.0);
  fields
      .key("label_smoothing", &CrossEntropyOptions::label_smoothing,
           "Share of each target that is spread evenly over all classes. In training only: metrics "
           "are without.")
      .at_least(0)
      .below(1)
      .also_called({"smoothing"});
}

}  // namespace muster::config
