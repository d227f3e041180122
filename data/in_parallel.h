// The same work for each of many things, in a few threads.
#pragma once

#include <cstddef>
#include <functional>

namespace muster::data {

/// Calls `work(index)` for each index below `count`, in ascending order, in as many threads as
/// there are cores, eight at most, the calling one among them. Blocks until all have ended. When
/// some throw, no further index is begun, and what the least of them threw is thrown on.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace muster::data
