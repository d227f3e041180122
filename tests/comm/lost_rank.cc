// lost_rank PER_NODE END FLIGHT_FOLDER: rank 1 ends (END: kill, exit, stop) while the others wait
// for it in an operation; each of them prints the error it gets. For test_lost_rank.py.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "comm/mpi/mpi_world.h"
#include "common/error.h"
#include "common/flight/recorder.h"

int main(int argc, char** argv) {
  using namespace muster;
  if (argc != 4) return exit_code::kUsage;
  const int per_node = std::atoi(argv[1]);
  const std::string_view end = argv[2];
  comm::MpiWorld world;
  comm::MpiWorldOptions options{.ranks_per_node = std::nullopt,
                                .timeout = std::chrono::seconds(20)};
  if (per_node != 0) options.ranks_per_node = per_node;
  const auto communicator = world.make_communicator(options);
  const comm::Rank rank = communicator->rank();
  communicator->keep_record(std::make_unique<flight::Recorder>(
      argv[3], flight::Owner{.rank = rank.index, .ranks = rank.count}));
  communicator->barrier({.label = "start"}).wait();
  if (rank.index == 1) {
    if (end == "exit") ::_exit(3);
    std::raise(end == "kill" ? SIGKILL : SIGSTOP);
  }
  try {
    communicator->barrier({.timeout = std::chrono::seconds(1), .label = "end"}).wait();
    std::puts("no error");
  } catch (const Error& error) {
    std::printf("%s: %s\n", std::string(to_string(error.code())).c_str(), error.what());
  }
  std::fflush(stdout);
  ::_exit(0);  // Not through MPI, which would wait for the lost one.
}
