// Random numbers belong to the lane: before each lane torch's generator gets a seed that depends on
// the experiment's seed, the step and the lane alone, so that dropout does not see who computes the
// lane.
#pragma once

#include <cstdint>

namespace muster::worker {

/// 32 bits (torch's CPU generator uses no more of a seed): a bijection, keyed by `seed`, of
/// step * lanes + lane modulo 2^32, so that no two lanes of 2^32 get the same.
std::uint32_t lane_seed(std::uint64_t seed, std::int64_t step, std::int64_t lane,
                        std::int64_t lanes);

}  // namespace muster::worker
