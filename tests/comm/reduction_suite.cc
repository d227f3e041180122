// What every backend must do in every world: sums with the bits of the definition, whatever the
// number of ranks, their spread over nodes and the kind of memory.
#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/comm/suite.h"

namespace muster::comm::testing {
namespace {

template <class T>
class AllReduce : public InEveryWorld<T> {};
TYPED_TEST_SUITE(AllReduce, ElementTypes, ElementTypeName);

template <class T>
void check_all_reduce(Communicator& world, Buffers<T>& data, std::int64_t count, ReduceOp op) {
  const int ranks = world.rank().count;
  fill(data.at(0), count, world.rank().index);
  world.all_reduce(data.buffer(count), op, {.label = "data"}).wait();
  expect_same_bits<T>(
      data.at(0), {0, count}, where(world, data.memory(), count), [&](std::int64_t i) -> T {
        if (op == ReduceOp::sum) return expected_sum<T>(ranks, i);
        using A = typename TypeOf<T>::Accumulator;
        std::vector<A> values;
        for (int rank = 0; rank < ranks; ++rank) {
          values.push_back(static_cast<A>(value_as<T>(rank, i)));
        }
        const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
        return T(op == ReduceOp::min ? *least : *greatest);
      });
}

TYPED_TEST(AllReduce, SumsInTheOrderOfTheCanonicalTree) {
  this->run([](Communicator& world) {
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> data(world, memory, 1, kCountMax);
      for (const std::int64_t count : kCounts) {
        check_all_reduce(world, data, count, ReduceOp::sum);
      }
    }
  });
}

TYPED_TEST(AllReduce, FindsTheLeastAndTheGreatest) {
  this->run([](Communicator& world) {
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> data(world, memory, 1, kCountMax);
      for (const std::int64_t count : {std::int64_t{1}, kCountMax}) {
        check_all_reduce(world, data, count, ReduceOp::min);
        check_all_reduce(world, data, count, ReduceOp::max);
      }
    }
  });
}

TYPED_TEST(AllReduce, OfMoreThanAWindowGivesTheSameBits) {
  this->run_in_some([](Communicator& world) {
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> data(world, memory, 1, kLong<TypeParam>);
      check_all_reduce(world, data, kLong<TypeParam>, ReduceOp::sum);
    }
  });
}

TEST_P(Collectives, MinAndMaxKeepNan) {
  run([](Communicator& world) {
    const Rank rank = world.rank();
    for (const ReduceOp op : {ReduceOp::min, ReduceOp::max}) {
      for (const std::int64_t count : {std::int64_t{5}, std::int64_t{5000}}) {
        std::vector<double> data(static_cast<std::size_t>(count), 10.0 + rank.index);
        if (rank.index == rank.count - 1) data[3] = std::numeric_limits<double>::quiet_NaN();
        world.all_reduce({data.data(), count, DType::float64}, op, {}).wait();
        EXPECT_EQ(data[0], op == ReduceOp::min ? 10.0 : 9.0 + rank.count);
        EXPECT_TRUE(std::isnan(data[3]));
      }
    }
  });
}

template <class T>
class ReduceScatter : public InEveryWorld<T> {};
using LaneTypes = ::testing::Types<float, double>;

TYPED_TEST_SUITE(ReduceScatter, LaneTypes, ElementTypeName);

template <class T>
void check_reduce_scatter(Communicator& world, Buffers<T>& parts, std::int64_t lanes,
                          std::int64_t count, const std::vector<ElementRange>& wanted) {
  const Rank rank = world.rank();
  const ReduceLayout layout(lanes, even_lanes(lanes, rank.count), count, TypeOf<T>::dtype, wanted);
  const std::span<const LaneRange> mine = layout.parts_of(rank.index);
  std::vector<const void*> pointers;
  for (std::size_t part = 0; part < mine.size(); ++part) {
    T* data = parts.at(part);
    for (std::int64_t i = 0; i < count; ++i) {
      data[i] = i >= kPeriod ? data[i - kPeriod]
                             : tree_sum<T>(mine[part].begin, mine[part].end,
                                           [i](std::int64_t lane) { return value_as<T>(lane, i); });
    }
    pointers.push_back(data);
  }
  const ElementRange range = wanted[static_cast<std::size_t>(rank.index)];
  std::vector<T> out(static_cast<std::size_t>(range.size()), T(77));
  world.reduce_scatter(layout, pointers, out.data(), {.label = "gradients"}).wait();
  expect_same_bits<T>(
      out.data(), range, concat(where(world, parts.memory(), count), ", ", lanes, " lanes"),
      [lanes](std::int64_t i) {
        return tree_sum<T>(0, lanes, [i](std::int64_t lane) { return value_as<T>(lane, i); });
      });
}

TYPED_TEST(ReduceScatter, GivesTheSameBitsForAnySpreadOfLanes) {
  this->run([](Communicator& world) {
    const int ranks = world.rank().count;
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> parts(world, memory, kPartsMax, 2501);
      for (const std::int64_t lanes : {ranks, ranks + 1, 2 * ranks + 3, 16, 37}) {
        if (lanes < ranks) continue;
        check_reduce_scatter(world, parts, lanes, 2500, even_ranges(2500, ranks));
        check_reduce_scatter(world, parts, lanes, 2501, uneven_ranges(2501, ranks));
      }
    }
  });
}

TYPED_TEST(ReduceScatter, ServesOverlappingWishes) {
  this->run([](Communicator& world) {
    const int ranks = world.rank().count;
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> parts(world, memory, kPartsMax, 3001);
      for (const std::int64_t count : {0, 1, 3001}) {
        const std::vector<ElementRange> everything(static_cast<std::size_t>(ranks), {0, count});
        check_reduce_scatter(world, parts, 2 * ranks + 1, count, everything);
        check_reduce_scatter(world, parts, 2 * ranks + 1, count,
                             ranges_per_node(count, world.nodes()));
      }
    }
  });
}

TYPED_TEST(ReduceScatter, OfMoreThanAWindowGivesTheSameBits) {
  this->run_in_some([](Communicator& world) {
    const int ranks = world.rank().count;
    constexpr std::int64_t kCount = kLong<TypeParam>;
    for (const Memory memory : kMemories) {
      Buffers<TypeParam> parts(world, memory, 1, kCount);
      check_reduce_scatter(world, parts, ranks, kCount, even_ranges(kCount, ranks));
    }
  });
}

TEST(ReduceLayouts, HaveSumsOverLanesOfFloatsOnly) {
  for (const DType dtype : {DType::bfloat16, DType::int64, DType::int32, DType::uint8}) {
    const Error error = error_of([&] { ReduceLayout(1, {{0, 1}}, 5, dtype, {{0, 5}}); });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << error.what();
  }
}

// The contract of wait(): the next step may write its gradients at once.
TEST_P(Collectives, PartsMayBeOverwrittenAsSoonAsReduceScatterIsComplete) {
  run([](Communicator& world) {
    constexpr std::int64_t kCount = 4096;
    const Rank rank = world.rank();
    const ReduceLayout layout(rank.count, even_lanes(rank.count, rank.count), kCount,
                              DType::float32, even_ranges(kCount, rank.count));
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

}  // namespace
}  // namespace muster::comm::testing
