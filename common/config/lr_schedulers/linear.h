// Options of schedule `linear`: linear warmup from 0 to the peak, then a straight line down to
// final_ratio of it. Of the p-th of the n steps after the warmup, counted from 0, the factor is
//   1 - (1 - final_ratio) * p / n
#pragma once

#include "common/config/describe.h"
#include "common/units.h"

namespace muster::config {

struct LinearOptions {
  static constexpr const char* kName = "linear";

  Span warmup;             // Zero: none.
  double final_ratio = 0;  // Of the peak; see final_ratio.h. [0, 1].

  bool operator==(const LinearOptions&) const = default;
};

void describe(Fields<LinearOptions>& fields);

}  // namespace muster::config
