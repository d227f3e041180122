// The suite with ranks as processes under mpirun. MUSTER_TEST_RANKS says how many there must be,
// MUSTER_TEST_RANKS_PER_NODE how many of them form a node (0 or nothing: as the hosts are).
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "comm/mpi/mpi_world.h"
#include "common/deadline.h"
#include "tests/comm/suite.h"

namespace muster::comm::testing {
namespace {

MpiWorld* mpi_world = nullptr;

int from_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoi(text);
}

}  // namespace

std::vector<WorldShape> world_shapes() {
  return {{from_environment("MUSTER_TEST_RANKS"), from_environment("MUSTER_TEST_RANKS_PER_NODE")}};
}

void run_world(const WorldShape& shape, const std::function<void(Communicator&)>& body) {
  MpiWorldOptions options{.ranks_per_node = std::nullopt, .timeout = std::chrono::seconds(30)};
  if (shape.ranks_per_node != 0) options.ranks_per_node = shape.ranks_per_node;
  std::unique_ptr<Communicator> world;
  try {
    world = mpi_world->make_communicator(options);
    ASSERT_EQ(world->rank().count, shape.ranks) << "not the world that mpirun was asked for";
    body(*world);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "rank " << mpi_world->rank().index << ": " << error.what();
  }
  meet_outside();  // The next test's world is made when all ranks are done with this one's.
}

// After a rank has left a test early, the meetings no longer match: then the program ends.
void meet_outside() {
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  const Deadline deadline = Deadline::after(std::chrono::seconds(60));
  for (int done = 0; done == 0;) {
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done == 0 && deadline.has_passed()) {
      std::fprintf(stderr, "not all ranks came to meet outside of their world\n");
      MPI_Abort(MPI_COMM_WORLD, 1);
    }
    std::this_thread::yield();
  }
}

}  // namespace muster::comm::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  int result = 0;
  {
    muster::comm::MpiWorld world;
    muster::comm::testing::mpi_world = &world;
    // One voice is enough for what went well.
    if (world.rank().index != 0) ::testing::GTEST_FLAG(brief) = true;
    result = RUN_ALL_TESTS();
  }
  // After a failure that a test provoked, MpiWorld does not finalise; here all ranks are alive.
  int is_finalized = 0;
  MPI_Finalized(&is_finalized);
  if (is_finalized == 0) MPI_Finalize();
  return result;
}
