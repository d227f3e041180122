// Rank 1 kills itself while the others wait for it; each of them prints the error it gets. For
// killed_rank_test.
#include <csignal>
#include <cstdio>

#include "comm/mpi/mpi_world.h"
#include "common/error.h"

int main() {
  using namespace muster;
  comm::MpiWorld world;
  const auto communicator = world.make_communicator(
      {.ranks_per_node = std::nullopt, .timeout = std::chrono::seconds(60)});
  communicator->barrier({}).wait();
  if (communicator->rank().index == 1) std::raise(SIGKILL);
  try {
    communicator->barrier({.label = "end"}).wait();
    std::puts("no error");
  } catch (const Error& error) {
    std::printf("%s: %s\n", std::string(to_string(error.code())).c_str(), error.what());
  }
  std::fflush(stdout);
  return 0;
}
