// Well-mixed bits from a number: a bijection of 64-bit numbers, and what is built on it. Fixed for
// ever: the order of samples and synthetic data come from it.
//
// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), kGolden 2^64 / golden
// ratio.
#pragma once

#include <cstdint>

namespace muster::data {

inline constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Number `counter` of the endless row of random numbers that `key` stands for.
constexpr std::uint64_t random_at(std::uint64_t key, std::uint64_t counter) {
  return mix(key + (counter + 1) * kGolden);
}

}  // namespace muster::data
