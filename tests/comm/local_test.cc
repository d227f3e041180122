// The suite with ranks as threads: on one node, and on several with messages between threads as the
// network.
#include <atomic>
#include <barrier>
#include <stdexcept>

#include "comm/local/local_world.h"
#include "tests/comm/suite.h"

namespace muster::comm::testing {

std::vector<WorldShape> world_shapes() {
  return {{1, 0}, {2, 0}, {3, 0}, {4, 0}, {7, 0}, {2, 1}, {4, 2}, {3, 2}, {7, 3}};
}

namespace {

std::unique_ptr<std::barrier<>> meeting;

}  // namespace

void run_world(const WorldShape& shape, const std::function<void(Communicator&)>& body) {
  meeting = std::make_unique<std::barrier<>>(shape.ranks);
  run_local_world({.ranks = shape.ranks, .ranks_per_node = shape.ranks_per_node}, body);
}

void meet_outside() { meeting->arrive_and_wait(); }

namespace {

TEST(LocalWorld, BarrierWaitsForEveryRank) {
  for (const int per_node : {0, 1, 2}) {
    std::atomic<int> arrived = 0;
    run_local_world({.ranks = 4, .ranks_per_node = per_node}, [&](Communicator& world) {
      for (int round = 1; round <= 20; ++round) {
        ++arrived;
        world.barrier({}).wait();
        ASSERT_GE(arrived.load(), 4 * round);
        world.barrier({}).wait();
      }
    });
  }
}

TEST(LocalWorld, TheFirstExceptionOfARankReachesTheCaller) {
  const auto run = [](int per_node) {
    run_local_world({.ranks = 3, .ranks_per_node = per_node}, [](Communicator& world) {
      if (world.rank().index == 1) throw std::out_of_range("lost my way");
      world.barrier({}).wait();
    });
  };
  EXPECT_THROW(run(0), std::out_of_range);
  EXPECT_THROW(run(1), std::out_of_range);
}

TEST(LocalWorld, ARankThatLeavesEarlyIsNamed) {
  try {
    run_local_world({.ranks = 3}, [](Communicator& world) {
      if (world.rank().index != 1) world.barrier({.label = "end"}).wait();
    });
    FAIL() << "the others waited in vain and did not say so";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::aborted);
    EXPECT_NE(std::string(error.what()).find("rank 1 has left"), std::string::npos) << error.what();
  }
}

TEST(LocalWorld, MoreMemoryThanThereIsIsUnavailableOnAllRanks) {
  run_local_world({.ranks = 3}, [](Communicator& world) {
    const Error error =
        error_of([&] { world.allocate_shared(std::size_t{1} << 46U, Sharing::one_per_rank); });
    EXPECT_EQ(error.code(), ErrorCode::unavailable) << error.what();
  });
}

}  // namespace
}  // namespace muster::comm::testing
