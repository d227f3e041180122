// What the options of several models have in common: sizes beyond which a number can only be a
// slip, and below which no product of two of them overflows.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/reader.h"

namespace muster::config {

inline constexpr std::int64_t kWidestLayer = std::int64_t{1} << 24;
inline constexpr std::int64_t kLargestInput = std::int64_t{1} << 31;
inline constexpr std::int64_t kLongestTable = std::int64_t{1} << 32;  // Rows of an embedding.
inline constexpr std::int64_t kMostLayers = 4096;

/// Complains about key `input` when a sample of that shape has more than kLargestInput elements.
void check_input_size(const std::vector<std::int64_t>& input, const Check& check);

}  // namespace muster::config
