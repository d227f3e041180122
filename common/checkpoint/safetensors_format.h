// Numbers and names of the safetensors format that its reader and its writer share.
#pragma once

#include <cstddef>
#include <string_view>

namespace muster::checkpoint {

inline constexpr std::size_t kLengthBytes = 8;                    // The header's length, first.
inline constexpr std::size_t kLargestHeader = 100'000'000;        // By the format.
inline constexpr std::string_view kMetadataKey = "__metadata__";  // Reserved by the format.

}  // namespace muster::checkpoint
