// What every backend must do in every world: copies between ranks, barriers, shared memory.
#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/comm/suite.h"

namespace muster::comm::testing {
namespace {

template <class T>
class AllGather : public InEveryWorld<T> {};
TYPED_TEST_SUITE(AllGather, ElementTypes, ElementTypeName);

// What lies where nobody owns anything.
constexpr int kNobody = 99;

template <class T>
void check_all_gather(Communicator& world, Buffer whole, const std::vector<ElementRange>& owned,
                      const std::string& where) {
  auto* const data = static_cast<T*>(whole.data);
  const auto owner_value = [](std::int64_t i) { return value_as<T>(5, i % kPeriod); };
  const ElementRange mine = owned[static_cast<std::size_t>(world.rank().index)];
  for (std::int64_t i = mine.begin; i < mine.end; ++i) data[i] = owner_value(i);
  world.all_gather(whole, owned, {.label = "parameters"}).wait();
  std::vector<ElementRange> sorted = owned;
  std::sort(sorted.begin(), sorted.end(),
            [](const ElementRange& a, const ElementRange& b) { return a.begin < b.begin; });
  // What somebody owns is everywhere; what nobody owns is left alone.
  std::int64_t begin = 0;
  for (const ElementRange& range : sorted) {
    expect_same_bits<T>(data + begin, {begin, std::max(begin, range.begin)}, where,
                        [](std::int64_t) { return T(kNobody); });
    expect_same_bits<T>(data + range.begin, range, where, owner_value);
    begin = std::max(begin, range.end);
  }
  expect_same_bits<T>(data + begin, {begin, whole.count}, where,
                      [](std::int64_t) { return T(kNobody); });
}

template <class T>
void check_all_gather(Communicator& world, Buffers<T>& whole, std::int64_t count,
                      const std::vector<ElementRange>& owned) {
  std::fill_n(whole.at(0), count, T(kNobody));
  check_all_gather<T>(world, whole.buffer(count), owned, where(world, whole.memory(), count));
}

TYPED_TEST(AllGather, BringsEveryRankTheRangesOfTheOthers) {
  this->run([](Communicator& world) {
    const int ranks = world.rank().count;
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> whole(world, memory, 1, kCountMax);
      for (const std::int64_t count :
           {std::int64_t{0}, std::int64_t{1}, std::int64_t{513}, kCountMax}) {
        for (const auto& owned : {even_ranges(count, ranks), uneven_ranges(count, ranks),
                                  ranges_per_node(count, world.nodes())}) {
          check_all_gather(world, whole, count, owned);
        }
      }
    }
  });
}

TYPED_TEST(AllGather, LeavesAloneWhatNobodyOwns) {
  this->run([](Communicator& world) {
    const int ranks = world.rank().count;
    std::vector<ElementRange> owned = even_ranges(3001, ranks);
    for (ElementRange& range : owned) range.end = std::max(range.begin, range.end - 70);
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> whole(world, memory, 1, 3001);
      check_all_gather(world, whole, 3001, owned);
    }
  });
}

TYPED_TEST(AllGather, FillsMemoryThatTheNodeHasOnce) {
  this->run([](Communicator& world) {
    for (const std::int64_t count : {std::int64_t{1}, std::int64_t{1001}, kLong<TypeParam>}) {
      const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(TypeParam);
      for (const auto& owned :
           {even_ranges(count, world.rank().count), ranges_per_node(count, world.nodes())}) {
        const auto memory = world.allocate_shared(bytes, Sharing::one_per_node);
        auto* const data = reinterpret_cast<TypeParam*>(memory->mine().data());
        check_all_gather<TypeParam>(world, {data, count, TypeOf<TypeParam>::dtype}, owned,
                                    concat(count, " elements of the node"));
      }
    }
  });
}

TYPED_TEST(AllGather, OfMoreThanAWindowCopiesEverything) {
  this->run_in_some([](Communicator& world) {
    constexpr std::int64_t kCount = kLong<TypeParam>;
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> whole(world, memory, 1, kCount);
      check_all_gather(world, whole, kCount, even_ranges(kCount, world.rank().count));
    }
  });
}

template <class T>
class Broadcast : public InEveryWorld<T> {};
TYPED_TEST_SUITE(Broadcast, ElementTypes, ElementTypeName);

template <class T>
void check_broadcast(Communicator& world, Buffers<T>& data, std::int64_t count, int root) {
  fill(data.at(0), count, world.rank().index);
  world.broadcast(data.buffer(count), root, {}).wait();
  expect_same_bits<T>(data.at(0), {0, count}, where(world, data.memory(), count),
                      [root](std::int64_t i) { return value_as<T>(root, i); });
}

TYPED_TEST(Broadcast, CopiesTheRootsBytes) {
  this->run([](Communicator& world) {
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> data(world, memory, 1, kCountMax);
      for (const std::int64_t count : kCounts) {
        check_broadcast(world, data, count, static_cast<int>(count) % world.rank().count);
      }
      for (int root = 0; root < world.rank().count; ++root) {
        check_broadcast(world, data, 999, root);
      }
    }
  });
}

TYPED_TEST(Broadcast, OfMoreThanAWindowCopiesEverything) {
  this->run_in_some([](Communicator& world) {
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> data(world, memory, 1, kLong<TypeParam>);
      check_broadcast(world, data, kLong<TypeParam>, world.rank().count - 1);
    }
  });
}

// All ranks of a test are on one machine, so they read the same clock.
TEST_P(Collectives, NobodyLeavesABarrierBeforeTheLastHasCome) {
  run([](Communicator& world) {
    const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
    for (int round = 0; round < 20; ++round) {
      std::int64_t last_came = now();
      world.barrier({}).wait();
      const std::int64_t left = now();
      world.all_reduce({&last_came, 1, DType::int64}, ReduceOp::max, {}).wait();
      ASSERT_LE(last_came, left);
    }
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
