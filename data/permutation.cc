#include "data/permutation.h"

#include <algorithm>
#include <bit>

#include "common/error.h"
#include "data/mix.h"

namespace muster::data {

namespace {

constexpr int kHalfBitsMin = 4;

/// Half the bits of the smallest power of four that is at least `size` and at least 256.
int half_bits_for(std::uint64_t size) {
  const int bits = 64 - std::countl_zero(size - 1);
  return std::max(kHalfBitsMin, (bits + 1) / 2);
}

}  // namespace

Permutation::Permutation(std::uint64_t seed, std::int64_t epoch, std::int64_t size)
    : size_(static_cast<std::uint64_t>(size)) {
  MUSTER_ASSERT(size >= 1, "a permutation needs at least one element");
  half_bits_ = half_bits_for(size_);
  const std::uint64_t start = mix(mix(seed + kGolden) + static_cast<std::uint64_t>(epoch));
  for (std::uint64_t i = 0; i < kRounds; ++i) keys_[i] = random_at(start, i);
}

std::int64_t Permutation::operator()(std::int64_t position) const {
  auto value = static_cast<std::uint64_t>(position);
  MUSTER_ASSERT(value < size_, "a position outside the permutation");
  const std::uint64_t half_mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & half_mask;
    for (const std::uint64_t key : keys_) {
      const std::uint64_t next = left ^ (mix(right ^ key) >> (64 - half_bits_));
      left = right;
      right = next;
    }
    value = (left << half_bits_) | right;
  } while (value >= size_);
  return static_cast<std::int64_t>(value);
}

}  // namespace muster::data
