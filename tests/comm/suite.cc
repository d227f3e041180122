// What every backend must do, in every world: the same bits as the definition, whatever the number
// of ranks, their spread over nodes and the kind of memory.
#include "tests/comm/suite.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/comm/values.h"

namespace muster::comm::testing {
namespace {

// 0, 1, odd, and around the limits of the small path and of the chunks.
const std::vector<std::int64_t> kCounts = {0, 1, 3, 512, 1025, 2049, 5003};

// More than one window of 8-byte elements, whether staged or sent.
constexpr std::int64_t kLong = 530'001;

// Elements of long buffers that are looked at: enough to see every window, slice and edge.
std::int64_t step_after(std::int64_t i, std::int64_t begin, std::int64_t end) {
  return end - begin < 10'000 || i < begin + 40 || i + 60 > end ? 1 : 23;
}

template <class T, class Expected>
void expect_same_bits(const T* actual, const ElementRange& range, const std::string& what,
                      const Expected& expected) {
  for (std::int64_t i = range.begin; i < range.end; i += step_after(i, range.begin, range.end)) {
    const T right = expected(i);
    if (std::memcmp(actual + (i - range.begin), &right, sizeof(T)) != 0) {
      ADD_FAILURE() << what << ": element " << i << " has other bits";
      return;
    }
  }
}

template <class T>
void check_all_reduce_sum(Communicator& world, Memory memory, std::int64_t count) {
  Buffers<T> data(world, memory, 1, count);
  for (std::int64_t i = 0; i < count; ++i) data.at(0)[i] = value_as<T>(world.rank().index, i);
  world.all_reduce(data.buffer(), ReduceOp::sum, {.label = "data"}).wait();
  expect_same_bits<T>(data.at(0), {0, count}, "all_reduce",
                      [&](std::int64_t i) { return expected_sum<T>(world.rank().count, i); });
}

TEST_P(Collectives, AllReduceSumsInTheOrderOfTheCanonicalTree) {
  run([](Communicator& world) {
    for (const Memory memory : kMemories) {
      for (const std::int64_t count : kCounts) {
        check_all_reduce_sum<float>(world, memory, count);
        check_all_reduce_sum<double>(world, memory, count);
        check_all_reduce_sum<Bf16>(world, memory, count);
        check_all_reduce_sum<std::int64_t>(world, memory, count);
      }
    }
  });
}

TEST_P(Collectives, AllReduceOfMoreThanAWindowGivesTheSameBits) {
  run([](Communicator& world) {
    check_all_reduce_sum<double>(world, Memory::of_own, kLong);
    check_all_reduce_sum<double>(world, Memory::mixed, kLong);
  });
}

TEST_P(Collectives, MinAndMaxFindTheExtremesAndKeepNan) {
  run([](Communicator& world) {
    const Rank rank = world.rank();
    for (const std::int64_t count : {std::int64_t{5}, std::int64_t{5000}}) {
      std::vector<double> least(static_cast<std::size_t>(count), 10.0 + rank.index);
      std::vector<std::int64_t> most(static_cast<std::size_t>(count), 10 - rank.index);
      if (rank.index == rank.count - 1) least[3] = std::numeric_limits<double>::quiet_NaN();
      if (rank.index == rank.count - 1) least[4] = -7;
      world.all_reduce({least.data(), count, DType::float64}, ReduceOp::min, {}).wait();
      world.all_reduce({most.data(), count, DType::int64}, ReduceOp::max, {}).wait();
      EXPECT_EQ(least[0], 10.0);
      EXPECT_TRUE(std::isnan(least[3]));
      EXPECT_EQ(least[4], -7);
      EXPECT_EQ(most[0], 10);
      EXPECT_EQ(most.back(), 10);
    }
  });
}

// Lanes of `ranks` ranks, as even as they go.
std::vector<LaneRange> lanes_of(std::int64_t lanes, int ranks) {
  std::vector<LaneRange> ranges;
  for (int rank = 0; rank < ranks; ++rank) {
    ranges.push_back({lanes * rank / ranks, lanes * (rank + 1) / ranks});
  }
  return ranges;
}

std::vector<ElementRange> even_ranges(std::int64_t count, int ranks) {
  std::vector<ElementRange> ranges;
  for (int rank = 0; rank < ranks; ++rank) {
    ranges.push_back({count * rank / ranks, count * (rank + 1) / ranks});
  }
  return ranges;
}

// The first rank wants nothing, the others more and more.
std::vector<ElementRange> uneven_ranges(std::int64_t count, int ranks) {
  std::vector<ElementRange> ranges;
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    ranges.push_back(
        {count * rank * rank / ranks / ranks, count * (rank + 1) * (rank + 1) / ranks / ranks});
  }
  ranges.front() = {0, 0};
  return ranges;
}

// Every node has everything once: what is kept once per node.
std::vector<ElementRange> ranges_per_node(std::int64_t count, const NodeLayout& nodes) {
  std::vector<ElementRange> ranges;
  for (const std::vector<int>& ranks : nodes.ranks_of_node) {
    const auto more = even_ranges(count, static_cast<int>(ranks.size()));
    ranges.insert(ranges.end(), more.begin(), more.end());
  }
  return ranges;
}

template <class T>
void check_reduce_scatter(Communicator& world, Memory memory, std::int64_t lanes,
                          std::int64_t count, std::vector<ElementRange> wanted) {
  const Rank rank = world.rank();
  const ReduceLayout layout(lanes, lanes_of(lanes, rank.count), count, TypeOf<T>::dtype, wanted);
  const std::span<const LaneRange> mine = layout.parts_of(rank.index);
  Buffers<T> parts(world, memory, mine.size(), count);
  std::vector<const void*> pointers;
  for (std::size_t part = 0; part < mine.size(); ++part) {
    for (std::int64_t i = 0; i < count; ++i) {
      parts.at(part)[i] = tree_sum<T>(mine[part].begin, mine[part].end,
                                      [i](std::int64_t lane) { return value_as<T>(lane, i); });
    }
    pointers.push_back(parts.at(part));
  }
  const ElementRange range = wanted[static_cast<std::size_t>(rank.index)];
  std::vector<T> out(static_cast<std::size_t>(range.size()), T(77));
  world.reduce_scatter(layout, pointers, out.data(), {.label = "gradients"}).wait();
  expect_same_bits<T>(out.data(), range, "reduce_scatter", [lanes](std::int64_t i) {
    return tree_sum<T>(0, lanes, [i](std::int64_t lane) { return value_as<T>(lane, i); });
  });
}

TEST_P(Collectives, ReduceScatterGivesTheSameBitsForAnySpreadOfLanes) {
  run([](Communicator& world) {
    const int ranks = world.rank().count;
    for (const Memory memory : kMemories) {
      for (const std::int64_t lanes : {ranks, ranks + 1, 2 * ranks + 3, 16, 37}) {
        if (lanes < ranks) continue;
        check_reduce_scatter<float>(world, memory, lanes, 2500, even_ranges(2500, ranks));
        check_reduce_scatter<double>(world, memory, lanes, 2500, uneven_ranges(2500, ranks));
      }
    }
  });
}

TEST_P(Collectives, ReduceScatterServesOverlappingWishes) {
  run([](Communicator& world) {
    const int ranks = world.rank().count;
    for (const Memory memory : kMemories) {
      for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1}, std::int64_t{3001}}) {
        const std::vector<ElementRange> everything(static_cast<std::size_t>(ranks), {0, count});
        check_reduce_scatter<float>(world, memory, 2 * ranks + 1, count, everything);
        check_reduce_scatter<float>(world, memory, 2 * ranks + 1, count,
                                    ranges_per_node(count, world.nodes()));
      }
    }
  });
}

TEST_P(Collectives, ReduceScatterOfMoreThanAWindowGivesTheSameBits) {
  run([](Communicator& world) {
    const int ranks = world.rank().count;
    check_reduce_scatter<double>(world, Memory::of_own, ranks, kLong, even_ranges(kLong, ranks));
    check_reduce_scatter<double>(world, Memory::shared, ranks, kLong, even_ranges(kLong, ranks));
  });
}

// The contract of wait(): the next step may write its gradients at once.
TEST_P(Collectives, PartsMayBeOverwrittenAsSoonAsReduceScatterIsComplete) {
  run([](Communicator& world) {
    constexpr std::int64_t kCount = 4096;
    const Rank rank = world.rank();
    const ReduceLayout layout(rank.count, lanes_of(rank.count, rank.count), kCount, DType::float32,
                              even_ranges(kCount, rank.count));
    Buffers<float> part(world, Memory::shared, 1, kCount);
    std::vector<float> out(static_cast<std::size_t>(layout.wanted(rank.index).size()));
    for (int step = 0; step < 100; ++step) {
      std::fill_n(part.at(0), kCount, static_cast<float>(step + rank.index));
      const void* pointer = part.at(0);
      world.reduce_scatter(layout, {&pointer, 1}, out.data(), {}).wait();
      const int sum = rank.count * step + rank.count * (rank.count - 1) / 2;
      ASSERT_EQ(out.front(), static_cast<float>(sum));
      ASSERT_EQ(out.back(), static_cast<float>(sum));
    }
  });
}

void check_all_gather(Communicator& world, Buffer whole, const std::vector<ElementRange>& owned) {
  auto* data = static_cast<std::int64_t*>(whole.data);
  const ElementRange mine = owned[static_cast<std::size_t>(world.rank().index)];
  for (std::int64_t i = mine.begin; i < mine.end; ++i) data[i] = 3 * i + 1;
  world.all_gather(whole, owned, {.label = "parameters"}).wait();
  for (std::int64_t i = 0; i < whole.count; i += step_after(i, 0, whole.count)) {
    bool is_owned = false;
    for (const ElementRange& range : owned) is_owned |= range.begin <= i && i < range.end;
    ASSERT_EQ(data[i], is_owned ? 3 * i + 1 : 0) << "element " << i << " of " << whole.count;
  }
}

TEST_P(Collectives, AllGatherBringsEveryRankTheRangesOfTheOthers) {
  run([](Communicator& world) {
    const int ranks = world.rank().count;
    for (const Memory memory : kMemories) {
      for (const std::int64_t count : {0, 1, 1001}) {
        for (const auto& owned : {even_ranges(count, ranks), uneven_ranges(count, ranks),
                                  ranges_per_node(count, world.nodes())}) {
          Buffers<std::int64_t> whole(world, memory, 1, count);
          check_all_gather(world, whole.buffer(), owned);
        }
      }
    }
  });
}

TEST_P(Collectives, AllGatherFillsMemoryThatTheNodeHasOnce) {
  run([](Communicator& world) {
    for (const std::int64_t count : {1, 1001}) {
      const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(std::int64_t);
      for (const auto& owned :
           {even_ranges(count, world.rank().count), ranges_per_node(count, world.nodes())}) {
        const auto memory = world.allocate_shared(bytes, Sharing::one_per_node);
        check_all_gather(world, {memory->mine().data(), count, DType::int64}, owned);
      }
    }
  });
}

TEST_P(Collectives, BroadcastCopiesTheRootsBytes) {
  run([](Communicator& world) {
    for (const Memory memory : kMemories) {
      for (const std::int64_t count : {0, 1, 999}) {
        for (int root = 0; root < world.rank().count; ++root) {
          Buffers<std::int64_t> data(world, memory, 1, count);
          std::fill_n(data.at(0), count, world.rank().index == root ? 100 + root : -1);
          world.broadcast(data.buffer(), root, {}).wait();
          for (std::int64_t i = 0; i < count; ++i) ASSERT_EQ(data.at(0)[i], 100 + root);
        }
      }
    }
  });
}

TEST_P(Collectives, GatherAndBroadcastOfMoreThanAWindowCopyEverything) {
  run([](Communicator& world) {
    const auto owned = even_ranges(kLong, world.rank().count);
    Buffers<std::int64_t> whole(world, Memory::of_own, 1, kLong);
    check_all_gather(world, whole.buffer(), owned);
    const auto memory = world.allocate_shared(kLong * sizeof(std::int64_t), Sharing::one_per_node);
    check_all_gather(world, {memory->mine().data(), kLong, DType::int64}, owned);

    std::fill_n(whole.at(0), kLong, world.rank().index == 0 ? 8 : -1);
    world.broadcast(whole.buffer(), 0, {}).wait();
    EXPECT_EQ(std::count(whole.at(0), whole.at(0) + kLong, 8), kLong);
  });
}

TEST_P(Collectives, SharedMemoryIsZeroedAndSeenByTheNode) {
  run([](Communicator& world) {
    constexpr std::size_t kBytes = 10'000;
    const int me = world.nodes().local_rank;
    const auto apart = world.allocate_shared(kBytes, Sharing::one_per_rank);
    const auto common = world.allocate_shared(kBytes, Sharing::one_per_node);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(apart->mine().data()) % 4096, 0U);
    EXPECT_EQ(apart->mine().size(), kBytes);
    for (const std::byte byte : apart->mine()) ASSERT_EQ(byte, std::byte{0});
    for (const std::byte byte : common->mine()) ASSERT_EQ(byte, std::byte{0});
    world.barrier({}).wait();
    apart->mine()[17] = static_cast<std::byte>(me + 1);
    common->mine()[static_cast<std::size_t>(me)] = static_cast<std::byte>(me + 2);
    world.barrier({}).wait();
    for (int rank = 0; rank < world.nodes().local_ranks(); ++rank) {
      EXPECT_EQ(apart->part_of(rank)[17], static_cast<std::byte>(rank + 1));
      EXPECT_EQ(common->mine()[static_cast<std::size_t>(rank)], static_cast<std::byte>(rank + 2));
    }
  });
}

TEST_P(Collectives, TheWorldIsAsItWasAskedFor) {
  run([](Communicator& world) {
    const int per_node =
        GetParam().ranks_per_node == 0 ? GetParam().ranks : GetParam().ranks_per_node;
    EXPECT_EQ(world.rank().count, GetParam().ranks);
    EXPECT_EQ(world.nodes().nodes(), (GetParam().ranks + per_node - 1) / per_node);
    EXPECT_EQ(world.nodes().node, world.rank().index / per_node);
    EXPECT_EQ(world.nodes().local_rank, world.rank().index % per_node);
  });
}

INSTANTIATE_TEST_SUITE_P(Worlds, Collectives, ::testing::ValuesIn(world_shapes()), shape_name);

}  // namespace
}  // namespace muster::comm::testing
