// Options of schedule `constant`: linear warmup from 0 to the peak, then the peak.
#pragma once

#include "common/config/describe.h"
#include "common/units.h"

namespace muster::config {

struct ConstantOptions {
  static constexpr const char* kName = "constant";

  Span warmup;  // Zero: none.

  bool operator==(const ConstantOptions&) const = default;
};

void describe(Fields<ConstantOptions>& fields);

}  // namespace muster::config
