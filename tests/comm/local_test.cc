// The suite with ranks as threads: on one node, and on several with messages between threads as the
// network.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "comm/local/local_world.h"
#include "common/flight/reader.h"
#include "tests/comm/suite.h"
#include "tests/common/temporary_folder.h"

namespace muster::comm::testing {

std::vector<WorldShape> world_shapes() {
  return {{1, 0}, {2, 0}, {3, 0}, {4, 0}, {7, 0}, {2, 1}, {4, 2}, {3, 2}, {7, 3}};
}

namespace {

/// Where threads wait for each other without the communicator. Not std::barrier, which has no
/// deadline: a rank that failed before would leave the others waiting for ever.
class Meeting {
 public:
  explicit Meeting(int ranks) : ranks_(ranks) {}

  void arrive_and_wait() {
    std::unique_lock lock(mutex_);
    const int turn = turn_;
    if (++arrived_ == ranks_) {
      arrived_ = 0;
      ++turn_;
      came_.notify_all();
      return;
    }
    const auto until = std::chrono::system_clock::now() + std::chrono::seconds(60);
    if (!came_.wait_until(lock, until, [&] { return turn_ != turn; })) {
      throw std::runtime_error("not all ranks came to meet");
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  int ranks_;
  int arrived_ = 0;  // Guarded by mutex_, as the next one.
  int turn_ = 0;
};

std::unique_ptr<Meeting> meeting;

}  // namespace

void run_world(const WorldShape& shape, const std::function<void(Communicator&)>& body) {
  meeting = std::make_unique<Meeting>(shape.ranks);
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

// A chain of nodes: some wait for ranks that wait for rank 0. The records tell who it began with.
TEST(LocalWorld, ATimeoutBetweenNodesNamesWhoHadNotEnteredTheOperation) {
  const TemporaryFolder folder;
  const LocalWorldOptions options{.ranks = 4, .ranks_per_node = 1};
  std::atomic<int> timeouts = 0;
  meeting = std::make_unique<Meeting>(options.ranks);
  run_local_world(options, [&](Communicator& world) {
    const Rank rank = world.rank();
    world.keep_record(std::make_unique<flight::Recorder>(
        folder / "", flight::Owner{.rank = rank.index, .ranks = rank.count}));
    world.barrier({.label = "start"}).wait();
    meet_outside();  // Everyone has left the barrier.
    if (rank.index != 0) {
      const Error error = error_of([&] {
        world.barrier({.timeout = std::chrono::milliseconds(50), .label = "end"}).wait();
      });
      if (error.code() == ErrorCode::timeout) {
        ++timeouts;
        EXPECT_NE(std::string(error.what())
                      .find("not entered by rank 0 (last left barrier #1 \"start\")"),
                  std::string::npos)
            << error.what();
      }
      const flight::Flight flight =
          flight::read_flight(flight::file_of(folder / "", rank.index, 1));
      EXPECT_EQ(flight.error, error.code());
      EXPECT_EQ(flight.error_text, error.what());
    }
    meet_outside();
  });
  EXPECT_GT(timeouts, 0);
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
