// Every operation in a form in which each rank needs every other one, or at least rank 0: for tests
// of how a world ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "comm/communicator.h"

namespace muster::comm::testing {

struct NamedOperation {
  const char* name;  // As in messages.
  void (*call)(Communicator& world, const CallOptions& options);
};

/// Element ranges of the ranks, as even as they go.
inline std::vector<ElementRange> even_ranges(std::int64_t count, int ranks) {
  std::vector<ElementRange> ranges;
  for (int rank = 0; rank < ranks; ++rank) {
    ranges.push_back({count * rank / ranks, count * (rank + 1) / ranks});
  }
  return ranges;
}

/// Lanes of the ranks, as even as they go.
inline std::vector<LaneRange> even_lanes(std::int64_t lanes, int ranks) {
  std::vector<LaneRange> ranges;
  for (const ElementRange& range : even_ranges(lanes, ranks)) {
    ranges.push_back({range.begin, range.end});
  }
  return ranges;
}

/// Memory that is kept until the process ends. What a failed operation was sending cannot be taken
/// back (Transport::give_up), and a page that is gone would break MPI's connection between tests.
template <class T>
std::vector<T>& lasting(std::size_t count, T value = {}) {
  static auto& kept = *new std::deque<std::vector<T>>;
  static std::mutex mutex;  // Ranks may be threads.
  const std::lock_guard lock(mutex);
  return kept.emplace_back(count, value);
}

inline void few_all_reduced(Communicator& world, const CallOptions& options) {
  std::vector<double>& data = lasting<double>(3, 1);
  world.all_reduce({data.data(), 3, DType::float64}, ReduceOp::sum, options).wait();
}

/// In several windows, staged and sent.
inline void many_all_reduced(Communicator& world, const CallOptions& options) {
  std::vector<float>& data = lasting<float>(1'500'000, 1.0F);
  world.all_reduce({data.data(), 1'500'000, DType::float32}, ReduceOp::sum, options).wait();
}

inline void reduce_scattered(Communicator& world, const CallOptions& options) {
  const Rank rank = world.rank();
  const ReduceLayout layout(rank.count, even_lanes(rank.count, rank.count), 5000, DType::float32,
                            even_ranges(5000, rank.count));
  const std::vector<float>& part = lasting<float>(5000, 1.0F);
  const void* pointer = part.data();
  std::vector<float> out(static_cast<std::size_t>(layout.wanted(rank.index).size()));
  world.reduce_scatter(layout, {&pointer, 1}, out.data(), options).wait();
}

inline void all_gathered(Communicator& world, const CallOptions& options) {
  std::vector<double>& whole = lasting<double>(5000);
  world
      .all_gather({whole.data(), 5000, DType::float64}, even_ranges(5000, world.rank().count),
                  options)
      .wait();
}

inline void broadcast_from_first(Communicator& world, const CallOptions& options) {
  std::vector<double>& data = lasting<double>(5000);
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
