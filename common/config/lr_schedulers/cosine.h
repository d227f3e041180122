// Options of schedule `cosine`: linear warmup from 0 to the peak, then half a cosine down to
// final_ratio of it.
#pragma once

#include "common/config/describe.h"
#include "common/units.h"

namespace muster::config {

struct CosineOptions {
  static constexpr const char* kName = "cosine";

  Span warmup;             // Zero: none.
  double final_ratio = 0;  // Of the peak; see final_ratio.h. [0, 1].

  bool operator==(const CosineOptions&) const = default;
};

void describe(Fields<CosineOptions>& fields);

}  // namespace muster::config
