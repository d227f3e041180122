#include "worker/train/lane_seed.h"

namespace muster::worker {
namespace {

// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

}  // namespace

std::uint32_t lane_seed(std::uint64_t seed, std::int64_t step, std::int64_t lane,
                        std::int64_t lanes) {
  const auto counter = static_cast<std::uint32_t>(static_cast<std::uint64_t>(step) *
                                                      static_cast<std::uint64_t>(lanes) +
                                                  static_cast<std::uint64_t>(lane));
  // A Feistel network on two halves of 16 bits: a bijection whatever the round function is.
  std::uint32_t left = counter >> 16, right = counter & 0xffff;
  for (std::uint64_t round = 0; round < 6; ++round) {
    const auto f = static_cast<std::uint32_t>(mix(seed ^ mix(round << 32 | right)) & 0xffff);
    const std::uint32_t next = left ^ f;
    left = right;
    right = next;
  }
  return left << 16 | right;
}

}  // namespace muster::worker
