// The suite with ranks as processes under mpirun. MUSTER_TEST_RANKS says how many there must be,
// MUSTER_TEST_RANKS_PER_NODE how many of them form a node (0 or nothing: as the hosts are).
#include <mpi.h>

#include <cstdlib>

#include "comm/mpi/mpi_world.h"
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
  const std::unique_ptr<Communicator> world = mpi_world->make_communicator(options);
  ASSERT_EQ(world->rank().count, shape.ranks) << "not the world that mpirun was asked for";
  try {
    body(*world);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "rank " << world->rank().index << ": " << error.what();
  }
  meet_outside();  // The next test's world is made when all ranks are done with this one's.
}

void meet_outside() { MPI_Barrier(MPI_COMM_WORLD); }

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
