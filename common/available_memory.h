// How much memory this machine can still give. Linux promises more than it has and then kills a
// process, so who wants much asks first.
#pragma once

#include <cstdint>
#include <optional>

namespace muster {

/// Bytes that the kernel believes can be had without swapping; nothing when it does not say.
std::optional<std::int64_t> available_memory_bytes();

}  // namespace muster
