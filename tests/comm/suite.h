// One suite of tests for all backends. A test program says in which worlds it runs and how
// to run one; the tests are in suite.cc and failure_suite.cc.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "common/error.h"
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

class Collectives : public ::testing::TestWithParam<WorldShape> {
 protected:
  void run(const std::function<void(Communicator&)>& body) { run_world(GetParam(), body); }
};

class Failures : public Collectives {};

/// Where a test's buffers lie.
enum class Memory { of_own, shared, mixed };
inline constexpr Memory kMemories[] = {Memory::of_own, Memory::shared, Memory::mixed};

/// `count` elements per buffer, `buffers` buffers, in the memory that is asked for (mixed: own
/// memory on odd ranks, shared on even ones). Collective for all but own memory.
template <class T>
class Buffers {
 public:
  Buffers(Communicator& world, Memory memory, std::size_t buffers, std::int64_t count)
      : stride_((static_cast<std::size_t>(count) + 15) / 16 * 16), count_(count) {
    const std::size_t elements = buffers * stride_;
    if (memory != Memory::of_own) {
      // All ranks ask for the same, so a rank with fewer buffers has some to spare.
      EXPECT_LE(buffers, kBuffersMax);
      shared_ = world.allocate_shared(kBuffersMax * stride_ * sizeof(T), Sharing::one_per_rank);
    }
    if (memory == Memory::shared || (memory == Memory::mixed && world.rank().index % 2 == 0)) {
      data_ = reinterpret_cast<T*>(shared_->mine().data());
    } else {
      own_.resize(elements + 1);
      data_ = own_.data();
    }
  }

  T* at(std::size_t buffer) { return data_ + buffer * stride_; }
  Buffer buffer(std::size_t index = 0) { return {at(index), count_, TypeOf<T>::dtype}; }

 private:
  static constexpr std::size_t kBuffersMax = 8;

  std::size_t stride_;
  std::int64_t count_;
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
