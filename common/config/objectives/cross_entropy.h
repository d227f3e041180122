// Options of objective `cross_entropy`: softmax cross entropy of logits against class numbers.
#pragma once

#include "common/config/describe.h"

namespace muster::config {

struct CrossEntropyOptions {
  static constexpr const char* kName = "cross_entropy";
  static constexpr const char* kTargetField = "label";  // What it compares with: class numbers.

  bool operator==(const CrossEntropyOptions&) const = default;
};

void describe(Fields<CrossEntropyOptions>& fields);

}  // namespace muster::config
