// How worlds end: no rank hangs, and the message says who did what.
#include <thread>

#include "tests/comm/operations.h"
#include "tests/comm/suite.h"

namespace muster::comm::testing {
namespace {

using std::chrono::milliseconds;

bool contains(const Error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

void expect_latched(Communicator& world) {
  const Error later = error_of([&] { world.barrier({}).wait(); });
  EXPECT_EQ(later.code(), ErrorCode::aborted) << later.what();
}

TEST_P(Failures, DifferentCallsAreAnErrorOnAllRanksThatNamesBoth) {
  run([](Communicator& world) {
    const int last = world.rank().count - 1;
    std::vector<float>& data = lasting<float>(3000);
    const Error error = error_of([&] {
      if (world.rank().index == last) {
        world.barrier({.label = "end of epoch"}).wait();
      } else {
        world.all_reduce({data.data(), 3000, DType::float32}, ReduceOp::sum, {.label = "loss"})
            .wait();
      }
    });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << error.what();
    EXPECT_TRUE(contains(error, "called all_reduce #1 \"loss\" (3000 float32, sum)"))
        << error.what();
    EXPECT_TRUE(
        contains(error, "rank " + std::to_string(last) + " called barrier #1 \"end of epoch\""))
        << error.what();
    expect_latched(world);
  });
}

TEST_P(Failures, DifferentCountsAreAnErrorOnAllRanks) {
  run([](Communicator& world) {
    std::vector<double>& data = lasting<double>(9000);
    const std::int64_t count = world.rank().index == 0 ? 9000 : 8;
    const Error error = error_of([&] {
      world.all_reduce({data.data(), count, DType::float64}, ReduceOp::sum, {}).wait();
    });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << error.what();
    EXPECT_TRUE(contains(error, "rank 0 called all_reduce #1 (9000 float64, sum)")) << error.what();
  });
}

TEST_P(Failures, DifferentRangesAreFound) {
  run([](Communicator& world) {
    std::vector<double>& data = lasting<double>(100);
    std::vector<ElementRange> owned(static_cast<std::size_t>(world.rank().count));
    owned.back() = {0, world.rank().index == 0 ? 50 : 100};
    // A rank that only sends to other nodes learns of it at its next operation.
    const Error error = error_of([&] {
      world.all_gather({data.data(), 100, DType::float64}, owned, {}).wait();
      world.barrier({}).wait();
    });
    EXPECT_TRUE(contains(error, "with other ranges")) << error.what();
  });
}

TEST_P(Failures, AbortFromAnotherThreadEndsTheWaitOfAllRanks) {
  run([](Communicator& world) {
    if (world.rank().index == 0) {
      world.barrier({}).wait();
      std::thread([&] { world.abort("the user asked for it"); }).join();
      expect_latched(world);
      return;
    }
    // On another node the first barrier may still be on its way to its end when the abort comes.
    const Error error = error_of([&] {
      world.barrier({}).wait();
      world.barrier({}).wait();
    });
    EXPECT_EQ(error.code(), ErrorCode::aborted) << error.what();
    EXPECT_TRUE(contains(error, "aborted by rank 0: the user asked for it")) << error.what();
    expect_latched(world);
  });
}

// Every operation, in a world of its own: rank 0 comes when the others have given up.
TEST_P(Failures, ARankThatDoesNotComeEndsEveryOperation) {
  for (const NamedOperation& operation : kOperations) {
    SCOPED_TRACE(operation.name);
    run([&operation](Communicator& world) {
      few_all_reduced(world, {});
      meet_outside();  // Everyone has left it before the first one can give up.
      if (world.rank().index == 0) {
        meet_outside();
        expect_latched(world);
        return;
      }
      const Error error = error_of([&] {
        operation.call(world, {.timeout = milliseconds(20), .label = "loss"});
        world.barrier({.timeout = milliseconds(20)}).wait();  // For who only sent.
      });
      // The first one to give up says so to the others.
      EXPECT_TRUE(error.code() == ErrorCode::timeout || error.code() == ErrorCode::aborted);
      EXPECT_TRUE(contains(error, " #2") || contains(error, " #3")) << error.what();
      // A rank of another node may wait for a third one, who waits for rank 0.
      if (world.nodes().nodes() == 1) {
        EXPECT_TRUE(contains(error, concat(operation.name, " #2 \"loss\""))) << error.what();
        EXPECT_TRUE(contains(error, "rank 0")) << error.what();
      }
      expect_latched(world);
      meet_outside();
    });
  }
}

// Every operation: the last rank does something else.
TEST_P(Failures, AnotherOperationOfOneRankEndsEveryOperation) {
  for (const NamedOperation& operation : kOperations) {
    SCOPED_TRACE(operation.name);
    run([&operation](Communicator& world) {
      const bool is_last = world.rank().index == world.rank().count - 1;
      const bool is_barrier = operation.call == met_at_barrier;
      const Error error = error_of([&] {
        if (!is_last) {
          operation.call(world, {});
        } else if (is_barrier) {
          few_all_reduced(world, {});
        } else {
          world.barrier({}).wait();
        }
        world.barrier({}).wait();  // Who only sends to other nodes learns of it here.
      });
      EXPECT_EQ(error.code(), ErrorCode::invalid) << error.what();
      EXPECT_TRUE(contains(error, "ranks made different calls")) << error.what();
      EXPECT_TRUE(contains(error, concat("called ", operation.name))) << error.what();
      expect_latched(world);
    });
  }
}

// Every operation: rank 0 says that it is over instead of coming.
TEST_P(Failures, AnAbortEndsEveryOperation) {
  for (const NamedOperation& operation : kOperations) {
    SCOPED_TRACE(operation.name);
    run([&operation](Communicator& world) {
      if (world.rank().index == 0) {
        world.abort("out of ideas");
        expect_latched(world);
        return;
      }
      const Error error = error_of([&] {
        operation.call(world, {});
        world.barrier({}).wait();  // For who only sent.
      });
      EXPECT_EQ(error.code(), ErrorCode::aborted) << error.what();
      EXPECT_TRUE(contains(error, "aborted by rank 0: out of ideas")) << error.what();
      expect_latched(world);
    });
  }
}

// Memory is the affair of one node, so only in worlds that are one.
TEST_P(Failures, MemoryThatIsNotAskedForByAllEndsWithAnError) {
  if (GetParam().ranks_per_node != 0) return;
  run([](Communicator& world) {
    const bool is_last = world.rank().index == world.rank().count - 1;
    const Error error = error_of([&] {
      if (is_last) {
        few_all_reduced(world, {});
      } else {
        world.allocate_shared(4096, Sharing::one_per_rank);
      }
      few_all_reduced(world, {});
    });
    EXPECT_EQ(error.code(), ErrorCode::invalid) << error.what();
    expect_latched(world);
  });
}

TEST_P(Failures, WrongArgumentsAreRefused) {
  run([](Communicator& world) {
    float number = 0;
    const auto invalid = [](const Error& error) { return error.code() == ErrorCode::invalid; };
    EXPECT_TRUE(invalid(error_of([&] { world.broadcast({&number, 1, DType::float32}, -1, {}); })));
    EXPECT_TRUE(invalid(error_of([&] {
      world.all_reduce({&number, 1, DType::uint8}, ReduceOp::sum, {});
    })));
    EXPECT_TRUE(invalid(error_of([&] {
      world.all_reduce({nullptr, 1, DType::float32}, ReduceOp::sum, {});
    })));
    EXPECT_TRUE(invalid(error_of([&] { world.all_gather({&number, 1, DType::float32}, {}, {}); })));
    world.barrier({}).wait();  // Nothing was sent, so nothing is broken.
  });
}

std::vector<WorldShape> shapes_with_peers() {
  std::vector<WorldShape> shapes;
  for (const WorldShape& shape : world_shapes()) {
    if (shape.ranks > 1) shapes.push_back(shape);
  }
  return shapes;
}

INSTANTIATE_TEST_SUITE_P(Worlds, Failures, ::testing::ValuesIn(shapes_with_peers()), shape_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Failures);

}  // namespace
}  // namespace muster::comm::testing
