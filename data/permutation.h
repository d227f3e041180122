// A keyed permutation of [0, size): which sample stands at which position of an epoch. O(1) memory
// for any size: a Feistel network on the next power of four (at least 256, so that small sizes are
// mixed well too), walked until it lands inside (cycle walking): 4 walks on average at most, more
// below 64.
//
//   mix(x):  x ^= x >> 30; x *= 0xbf58476d1ce4e5b9; x ^= x >> 27; x *= 0x94d049bb133111eb; x ^= x
//   >> 31 keys:    start = mix(mix(seed + g) + epoch), keys[i] = mix(start + (i + 1) * g),
//            g = 0x9e3779b97f4a7c15, everything modulo 2^64
//   round i: (left, right) -> (right, left ^ top half_bits bits of mix(right ^ keys[i]))
//   value:   (left << half_bits) | right
//
// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), g 2^64 / golden ratio.
// Sources: Luby and Rackoff, SIAM J. Comput. 17(2), 1988; cycle walking: Black and Rogaway, CT-RSA
// 2002. The round function is fixed for ever: changing it changes the meaning of every seed.
#pragma once

#include <cstdint>

namespace muster::data {

class Permutation {
 public:
  /// Of epoch `epoch` under `seed`. Requires size >= 1.
  Permutation(std::uint64_t seed, std::int64_t epoch, std::int64_t size);

  /// The sample at `position`, both in [0, size).
  std::int64_t operator()(std::int64_t position) const;

 private:
  static constexpr int kRounds = 6;

  std::uint64_t size_;
  int half_bits_;
  std::uint64_t keys_[kRounds];
};

}  // namespace muster::data
