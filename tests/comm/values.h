// Numbers whose sums depend on the order of addition, and sums in the canonical order by the
// definition itself (not by the code under test).
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "common/dtype.h"

namespace muster::comm::testing {

inline std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// A number for lane (or rank) `lane` and element `i`: of either sign, between 2^-10 and 2^11.
inline double value(std::int64_t lane, std::int64_t i) {
  const std::uint64_t bits = scramble(static_cast<std::uint64_t>(lane * 1'000'003 + i));
  const std::uint64_t exponent = 1023 - 10 + bits % 21;
  return std::bit_cast<double>((bits & 0x800ffffff0000000U) | exponent << 52U);
}

/// bfloat16 as bits, with the conversions written down a second time.
struct Bf16 {
  std::uint16_t bits = 0;

  Bf16() = default;
  /// To nearest, ties to even: of the two neighbours the nearer one, or the one that ends in 0.
  explicit Bf16(float number) {
    bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(number) >> 16U);
    const Bf16 above = of(static_cast<std::uint16_t>(bits + 1));
    const double to_below = std::abs(double{number} - double{static_cast<float>(*this)});
    const double to_above = std::abs(double{static_cast<float>(above)} - double{number});
    if (to_above < to_below || (to_above == to_below && bits % 2 == 1)) *this = above;
  }
  explicit operator float() const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
  }
  static Bf16 of(std::uint16_t pattern) {
    Bf16 result;
    result.bits = pattern;
    return result;
  }
};

template <class T>
struct TypeOf;
template <>
struct TypeOf<float> {
  static constexpr DType dtype = DType::float32;
  using Accumulator = float;
};
template <>
struct TypeOf<double> {
  static constexpr DType dtype = DType::float64;
  using Accumulator = double;
};
template <>
struct TypeOf<std::int64_t> {
  static constexpr DType dtype = DType::int64;
  using Accumulator = std::int64_t;
};
template <>
struct TypeOf<Bf16> {
  static constexpr DType dtype = DType::bfloat16;
  using Accumulator = float;
};

template <class T>
T value_as(std::int64_t lane, std::int64_t i) {
  if constexpr (std::is_same_v<T, std::int64_t>) {
    return static_cast<std::int64_t>(scramble(static_cast<std::uint64_t>(lane * 7919 + i)) >> 8U);
  } else {
    return T(static_cast<float>(value(lane, i)));
  }
}

/// The sum over lanes [begin, end): a range is split at the largest power of two below its length.
template <class T, class Leaf>
T tree_sum(std::int64_t begin, std::int64_t end, const Leaf& leaf) {
  if (end - begin == 1) return leaf(begin);
  std::int64_t half = 1;
  while (2 * half < end - begin) half *= 2;
  const T lower = tree_sum<T>(begin, begin + half, leaf);
  const T upper = tree_sum<T>(begin + half, end, leaf);
  return lower + upper;
}

/// What an all_reduce (sum) over `ranks` ranks must give at element `i`.
template <class T>
T expected_sum(int ranks, std::int64_t i) {
  using A = typename TypeOf<T>::Accumulator;
  return T(tree_sum<A>(0, ranks,
                       [i](std::int64_t rank) { return static_cast<A>(value_as<T>(rank, i)); }));
}

}  // namespace muster::comm::testing
