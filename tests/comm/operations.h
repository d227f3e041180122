// Every operation in a form in which each rank needs every other one, or at least rank 0: for tests
// of how a world ends.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "comm/communicator.h"

namespace muster::comm::testing {

struct NamedOperation {
  const char* name;  // As in messages.
  void (*call)(Communicator& world, const CallOptions& options);
};

inline std::vector<ElementRange> equal_shares(std::int64_t count, int ranks) {
  std::vector<ElementRange> shares;
  for (int rank = 0; rank < ranks; ++rank) {
    shares.push_back({count * rank / ranks, count * (rank + 1) / ranks});
  }
  return shares;
}

inline void few_all_reduced(Communicator& world, const CallOptions& options) {
  std::array<double, 3> data = {1, 2, 3};
  world.all_reduce({data.data(), 3, DType::float64}, ReduceOp::sum, options).wait();
}

/// In several windows, staged and sent.
inline void many_all_reduced(Communicator& world, const CallOptions& options) {
  std::vector<float> data(1'500'000, 1.0F);
  world.all_reduce({data.data(), 1'500'000, DType::float32}, ReduceOp::sum, options).wait();
}

inline void reduce_scattered(Communicator& world, const CallOptions& options) {
  const Rank rank = world.rank();
  std::vector<LaneRange> lanes;
  for (int lane = 0; lane < rank.count; ++lane) lanes.push_back({lane, lane + 1});
  const ReduceLayout layout(rank.count, lanes, 5000, DType::float32,
                            equal_shares(5000, rank.count));
  const std::vector<float> part(5000, 1.0F);
  const void* pointer = part.data();
  std::vector<float> out(static_cast<std::size_t>(layout.wanted(rank.index).size()));
  world.reduce_scatter(layout, {&pointer, 1}, out.data(), options).wait();
}

inline void all_gathered(Communicator& world, const CallOptions& options) {
  std::vector<double> whole(5000);
  world
      .all_gather({whole.data(), 5000, DType::float64}, equal_shares(5000, world.rank().count),
                  options)
      .wait();
}

inline void broadcast_from_first(Communicator& world, const CallOptions& options) {
  std::vector<double> data(5000);
  world.broadcast({data.data(), 5000, DType::float64}, 0, options).wait();
}

inline void met_at_barrier(Communicator& world, const CallOptions& options) {
  world.barrier(options).wait();
}

inline constexpr NamedOperation kOperations[] = {
    {"all_reduce", few_all_reduced},      {"all_reduce", many_all_reduced},
    {"reduce_scatter", reduce_scattered}, {"all_gather", all_gathered},
    {"broadcast", broadcast_from_first},  {"barrier", met_at_barrier},
};

}  // namespace muster::comm::testing
