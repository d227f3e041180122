// Cutting long buffers into windows: pieces that are staged or sent one after the other. No result
// depends on where they are cut.
#pragma once

#include <algorithm>
#include <cstdint>

#include "comm/buffer.h"

namespace muster::comm {

/// How many elements of `dtype` go into `bytes`: a multiple of 16, at least 16.
inline std::int64_t window_elements(std::int64_t bytes, DType dtype) {
  constexpr std::int64_t kGrain = 16;
  const auto size = static_cast<std::int64_t>(bytes_per_element(dtype));
  return std::max(kGrain, bytes / size / kGrain * kGrain);
}

/// Calls `body` with [0, count) in pieces of at most `elements`; once with an empty one when there
/// is nothing, so that ranks still meet.
template <class Body>
void for_each_window(std::int64_t count, std::int64_t elements, Body body) {
  std::int64_t begin = 0;
  do {
    const std::int64_t end = std::min(count, begin + elements);
    body(ElementRange{begin, end});
    begin = end;
  } while (begin < count);
}

}  // namespace muster::comm
