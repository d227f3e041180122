// One suite of tests for all backends. A test program says in which worlds it runs and how to run
// one; the tests are in *_suite.cc: sums (reduction), copies (gather), random shapes (random), and
// how worlds end (failure).
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "common/error.h"
#include "common/text.h"
#include "tests/comm/operations.h"
#include "tests/comm/values.h"

namespace muster::comm::testing {

struct WorldShape {
  int ranks = 1;
  int ranks_per_node = 0;  // 0: all on one node.
};

inline void PrintTo(const WorldShape& shape, std::ostream* out) {
  *out << shape.ranks << " ranks, " << shape.ranks_per_node << " per node";
}

inline std::string shape_name(const ::testing::TestParamInfo<WorldShape>& test) {
  return "Ranks" + std::to_string(test.param.ranks) + "PerNode" +
         std::to_string(test.param.ranks_per_node);
}

/// The worlds of this program. Defined by the program.
std::vector<WorldShape> world_shapes();

/// Calls `body` for every rank of this process, each with a communicator of a new world, in which
/// operations take 30 seconds at most. Defined by the program.
void run_world(const WorldShape& shape, const std::function<void(Communicator&)>& body);

/// Waits until all ranks of the world have called it, without the communicator. Defined by the
/// program.
void meet_outside();

/// A test that runs in one world after the other, for each type of elements.
template <class T>
class InEveryWorld : public ::testing::Test {
 protected:
  void run(const std::function<void(Communicator&)>& body) {
    for (const WorldShape& shape : world_shapes()) run_world(shape, body);
  }

  /// For long buffers: of many worlds only every third, others for each type.
  void run_in_some(const std::function<void(Communicator&)>& body) {
    const std::vector<WorldShape> shapes = world_shapes();
    const std::size_t first = static_cast<std::size_t>(TypeOf<T>::dtype) % 3;
    for (std::size_t i = first % shapes.size(); i < shapes.size(); i += 3) {
      run_world(shapes[i], body);
    }
  }
};

using ElementTypes = ::testing::Types<float, double, Bf16, std::int64_t>;

struct ElementTypeName {
  template <class T>
  static std::string GetName(int) {
    return std::string(to_string(TypeOf<T>::dtype));
  }
};

class Collectives : public ::testing::TestWithParam<WorldShape> {
 protected:
  void run(const std::function<void(Communicator&)>& body) { run_world(GetParam(), body); }
};

class Failures : public Collectives {};

/// Where a test's buffers lie.
enum class Memory { of_own, shared, mixed };
inline constexpr Memory kMemories[] = {Memory::of_own, Memory::shared, Memory::mixed};

inline std::string_view name_of(Memory memory) {
  return memory == Memory::of_own ? "own" : memory == Memory::shared ? "shared" : "mixed";
}

/// "3 ranks on 2 nodes, mixed memory, 5003 elements": for messages.
inline std::string where(const Communicator& world, Memory memory, std::int64_t count) {
  return concat(world.rank().count, " ranks on ", world.nodes().nodes(), " nodes, ",
                name_of(memory), " memory, ", count, " elements");
}

/// 0, 1, odd, and around the limits of the small path and of the chunks.
inline constexpr std::int64_t kCounts[] = {0, 1, 3, 513, 1025, 2049, 5003};
inline constexpr std::int64_t kCountMax = 5003;

/// More than one window, whether staged or sent.
template <class T>
inline constexpr std::int64_t kLong = (std::int64_t{4} << 20) / sizeof(T) + 5713;

/// Long buffers repeat themselves, with a period that no window, slice or chunk has.
inline constexpr std::int64_t kPeriod = 4093;

/// data[i] = value_as<T>(rank, i % kPeriod).
template <class T>
void fill(T* data, std::int64_t count, int rank) {
  for (std::int64_t i = 0; i < count; ++i) {
    data[i] = i < kPeriod ? value_as<T>(rank, i) : data[i - kPeriod];
  }
}

/// Fails the test at the first element with other bits than `expected(i)`. Looks at every element
/// of short ranges; at enough of long ones to see every window, slice and edge.
template <class T, class Expected>
void expect_same_bits(const T* actual, const ElementRange& range, const std::string& where,
                      const Expected& expected) {
  for (std::int64_t i = range.begin; i < range.end;) {
    const T right = expected(i % kPeriod);
    if (std::memcmp(actual + (i - range.begin), &right, sizeof(T)) != 0) {
      ADD_FAILURE() << where << ": element " << i << " has other bits";
      return;
    }
    const bool all = range.size() < 10'000 || i < range.begin + 40 || i + 60 > range.end;
    i += all ? 1 : 23;
  }
}

/// The first rank has nothing, the others more and more.
inline std::vector<ElementRange> uneven_ranges(std::int64_t count, int ranks) {
  std::vector<ElementRange> ranges;
  for (std::int64_t rank = 0; rank < ranks; ++rank) {
    ranges.push_back(
        {count * rank * rank / ranks / ranks, count * (rank + 1) * (rank + 1) / ranks / ranks});
  }
  ranges.front() = {0, 0};
  return ranges;
}

/// Every node has everything once: what is kept once per node.
inline std::vector<ElementRange> ranges_per_node(std::int64_t count, const NodeLayout& nodes) {
  std::vector<ElementRange> ranges;
  for (const std::vector<int>& ranks : nodes.ranks_of_node) {
    const auto more = even_ranges(count, static_cast<int>(ranks.size()));
    ranges.insert(ranges.end(), more.begin(), more.end());
  }
  return ranges;
}

/// No rank of this suite has lanes that make more nodes of the tree.
inline constexpr std::size_t kPartsMax = 12;

/// `buffers` buffers of up to `count_max` elements, in the memory that is asked for (mixed: own
/// memory on odd ranks, shared on even ones). Collective for all but own memory: all ranks ask for
/// the same.
template <class T>
class Buffers {
 public:
  Buffers(Communicator& world, Memory memory, std::size_t buffers, std::int64_t count_max)
      : memory_(memory), stride_((static_cast<std::size_t>(count_max) + 15) / 16 * 16) {
    const std::size_t elements = buffers * stride_;
    if (memory != Memory::of_own) {
      shared_ = world.allocate_shared(elements * sizeof(T), Sharing::one_per_rank);
    }
    if (memory == Memory::shared || (memory == Memory::mixed && world.rank().index % 2 == 0)) {
      data_ = reinterpret_cast<T*>(shared_->mine().data());
    } else {
      own_.resize(elements + 1);
      data_ = own_.data();
    }
  }

  T* at(std::size_t buffer) { return data_ + buffer * stride_; }
  Buffer buffer(std::int64_t count) { return {at(0), count, TypeOf<T>::dtype}; }
  Memory memory() const { return memory_; }

 private:
  Memory memory_;
  std::size_t stride_;
  std::shared_ptr<SharedMemory> shared_;
  std::vector<T> own_;
  T* data_;
};

/// The error that `call` throws; fails the test when it throws none.
template <class Callable>
Error error_of(Callable call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "expected an error";
  return Error(ErrorCode::invalid, "none was thrown");
}

}  // namespace muster::comm::testing
