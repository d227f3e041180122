// Where something was written: in the experiment file or in an override.
#pragma once

#include <compare>

namespace muster::config {

/// The order of places is the order of complaints: the file from its beginning, then the overrides.
struct Place {
  bool in_override = false;
  int line = 0;    // From 1; of an override: its number. 0: the file as a whole.
  int column = 0;  // From 1, in characters. 0: unknown.

  auto operator<=>(const Place&) const = default;
};

}  // namespace muster::config
