// Options of schedule `step`: linear warmup from 0 to the peak, then the peak times `factor` to the
// power of k, where k counts the intervals or milestones that are over. Both are counted from the
// start of the training, warmup included: "milestones: [30ep]" is epoch 30, whatever the warmup.
#pragma once

#include <optional>
#include <vector>

#include "common/config/describe.h"
#include "common/units.h"

namespace muster::config {

struct StepOptions {
  static constexpr const char* kName = "step";

  Span warmup;                   // Zero: none.
  std::optional<Span> interval;  // More than zero. Either this or milestones.
  std::vector<Span> milestones;  // In any order.
  double factor = 0.1;           // (0, 1].

  bool operator==(const StepOptions&) const = default;
};

void describe(Fields<StepOptions>& fields);

}  // namespace muster::config
