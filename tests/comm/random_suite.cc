// Random shapes: whatever the lanes, ranges, counts, types and kinds of memory, every rank gets the
// bits of the definition. All ranks draw the same numbers from the same seed; a failure names it.
#include <algorithm>

#include "tests/comm/suite.h"

namespace muster::comm::testing {
namespace {

constexpr std::uint64_t kSeeds = 40;

/// Numbers that follow from a seed, on every rank the same.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(scramble(seed)) {}

  /// In [least, most].
  std::int64_t between(std::int64_t least, std::int64_t most) {
    state_ = scramble(state_);
    return least + static_cast<std::int64_t>(state_ % static_cast<std::uint64_t>(most - least + 1));
  }

  /// Mostly small, sometimes more than a window of the small path or a chunk.
  std::int64_t count() {
    switch (between(0, 3)) {
      case 0:
        return between(0, 3);
      case 1:
        return between(0, 300);
      default:
        return between(300, 9000);
    }
  }

  /// `parts` + 1 edges from 0 to `end`, ascending; each part has `least` at least.
  std::vector<std::int64_t> edges(std::int64_t end, int parts, std::int64_t least) {
    std::vector<std::int64_t> edges;
    for (int i = 1; i < parts; ++i) edges.push_back(between(0, end - parts * least));
    edges.push_back(0);
    edges.push_back(end - parts * least);
    std::sort(edges.begin(), edges.end());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      edges[i] += least * static_cast<std::int64_t>(i);
    }
    return edges;
  }

 private:
  std::uint64_t state_;
};

struct RandomLayout {
  std::int64_t lanes;
  std::vector<LaneRange> lanes_of_rank;
  std::int64_t count;
  std::vector<ElementRange> wanted;  // May overlap, may leave out elements.
};

RandomLayout draw_layout(Draw& draw, int ranks) {
  RandomLayout layout;
  layout.lanes = draw.between(ranks, 64);
  const auto lanes = draw.edges(layout.lanes, ranks, 1);
  layout.count = draw.count();
  for (std::size_t rank = 0; rank + 1 < lanes.size(); ++rank) {
    layout.lanes_of_rank.push_back({lanes[rank], lanes[rank + 1]});
    const std::int64_t begin = draw.between(0, layout.count);
    layout.wanted.push_back({begin, draw.between(begin, layout.count)});
  }
  return layout;
}

/// Buffers of which some ranks have theirs in shared memory and others in their own.
template <class T>
Buffers<T> draw_buffers(Communicator& world, Draw& draw, std::size_t buffers, std::int64_t count) {
  return Buffers<T>(world, kMemories[draw.between(0, 2)], buffers, count);
}

template <class T>
void reduce_scatter_of(Communicator& world, std::uint64_t seed) {
  Draw draw(seed);
  const int me = world.rank().index;
  const RandomLayout shape = draw_layout(draw, world.rank().count);
  const ReduceLayout layout(shape.lanes, shape.lanes_of_rank, shape.count, TypeOf<T>::dtype,
                            shape.wanted);
  const std::span<const LaneRange> mine = layout.parts_of(me);
  Buffers<T> parts = draw_buffers<T>(world, draw, kPartsMax, shape.count);
  std::vector<const void*> pointers;
  for (std::size_t part = 0; part < mine.size(); ++part) {
    for (std::int64_t i = 0; i < shape.count; ++i) {
      parts.at(part)[i] = tree_sum<T>(mine[part].begin, mine[part].end, [i](std::int64_t lane) {
        return value_as<T>(lane, i % kPeriod);
      });
    }
    pointers.push_back(parts.at(part));
  }
  const ElementRange range = layout.wanted(me);
  std::vector<T> out(static_cast<std::size_t>(range.size()) + 1, T(77));
  world.reduce_scatter(layout, pointers, out.data(), {}).wait();
  expect_same_bits<T>(
      out.data(), range, concat("reduce_scatter, seed ", seed), [&](std::int64_t i) {
        return tree_sum<T>(0, shape.lanes,
                           [i](std::int64_t lane) { return value_as<T>(lane, i % kPeriod); });
      });
  EXPECT_EQ(out.back(), T(77)) << "wrote behind the end, seed " << seed;
}

template <class T>
void all_reduce_of(Communicator& world, std::uint64_t seed) {
  Draw draw(seed);
  const std::int64_t count = draw.count();
  Buffers<T> data = draw_buffers<T>(world, draw, 1, count);
  fill(data.at(0), count, world.rank().index);
  world.all_reduce(data.buffer(count), ReduceOp::sum, {}).wait();
  expect_same_bits<T>(data.at(0), {0, count}, concat("all_reduce, seed ", seed),
                      [&](std::int64_t i) { return expected_sum<T>(world.rank().count, i); });
}

template <class T>
void all_gather_of(Communicator& world, std::uint64_t seed) {
  Draw draw(seed);
  const int ranks = world.rank().count;
  const std::int64_t count = draw.count();
  // Ranges of ranks in any order, with gaps between them.
  const auto edges = draw.edges(count, 2 * ranks, 0);
  const auto first = static_cast<int>(draw.between(0, ranks - 1));
  std::vector<ElementRange> owned;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto at = static_cast<std::size_t>(2 * ((rank + first) % ranks));
    owned.push_back({edges[at], edges[at + 1]});
  }
  Buffers<T> whole = draw_buffers<T>(world, draw, 1, count);
  fill(whole.at(0), count, world.rank().index);
  world.all_gather(whole.buffer(count), owned, {}).wait();
  for (int rank = 0; rank < ranks; ++rank) {
    const ElementRange range = owned[static_cast<std::size_t>(rank)];
    expect_same_bits<T>(whole.at(0) + range.begin, range, concat("all_gather, seed ", seed),
                        [rank](std::int64_t i) { return value_as<T>(rank, i); });
  }
}

template <class T>
void broadcast_of(Communicator& world, std::uint64_t seed) {
  Draw draw(seed);
  const std::int64_t count = draw.count();
  const auto root = static_cast<int>(draw.between(0, world.rank().count - 1));
  Buffers<T> data = draw_buffers<T>(world, draw, 1, count);
  fill(data.at(0), count, world.rank().index);
  world.broadcast(data.buffer(count), root, {}).wait();
  expect_same_bits<T>(data.at(0), {0, count}, concat("broadcast, seed ", seed),
                      [root](std::int64_t i) { return value_as<T>(root, i); });
}

using Check = void (*)(Communicator&, std::uint64_t);

constexpr Check kChecks[] = {reduce_scatter_of<float>, reduce_scatter_of<double>,
                             all_reduce_of<float>,     all_reduce_of<Bf16>,
                             all_gather_of<double>,    broadcast_of<std::int64_t>,
                             reduce_scatter_of<float>, all_reduce_of<double>,
                             all_gather_of<Bf16>,      all_reduce_of<std::int64_t>};

// One communicator does all of them, one after the other, as in a training.
TEST_P(Collectives, RandomShapesHaveTheBitsOfTheDefinition) {
  run([](Communicator& world) {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      kChecks[seed % std::size(kChecks)](world, seed);
    }
  });
}

}  // namespace
}  // namespace muster::comm::testing
