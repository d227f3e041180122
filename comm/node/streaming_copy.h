// A copy past the caches, for results that would only push out of them what is still to be read.
#pragma once

#include <cstddef>

namespace muster::comm {

/// Copies `bytes` from `from` to `to` (which do not overlap) without bringing `to` into the caches,
/// where the machine can. Visible to other threads like any write once they are synchronised.
void streaming_copy(std::byte* to, const std::byte* from, std::size_t bytes);

}  // namespace muster::comm
