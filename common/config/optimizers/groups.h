// Parameter groups: parameters whose names match a pattern are updated with values of their own, or
// not at all. Every optimizer has the key `groups`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/config/describe.h"

namespace muster::config {

/// A parameter belongs to the first group that one of its names matches; to none when no group
/// does.
struct ParameterGroup {
  std::vector<std::string> match;      // Patterns as of fnmatch(3): '*' and '?' match dots too.
  std::optional<double> weight_decay;  // Empty: the optimizer's own.
  double lr_scale = 1;
  bool freeze = false;  // Keeps its initial values: no gradient, no state.

  bool operator==(const ParameterGroup&) const = default;
};

void describe(Fields<ParameterGroup>& fields);

}  // namespace muster::config
