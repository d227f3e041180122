// How a failing test shows lanes.
#pragma once

#include <ostream>

#include "common/lanes/lane_range.h"

namespace muster {

inline void PrintTo(const LaneRange& range, std::ostream* out) {
  *out << "[" << range.begin << ", " << range.end << ")";
}

}  // namespace muster
