// Ranks as threads of one process: every collective without starting processes, for tests.
#pragma once

#include <chrono>
#include <functional>

#include "comm/communicator.h"

namespace muster::comm {

struct LocalWorldOptions {
  int ranks = 1;
  int ranks_per_node =
      0;  // 0: all on one node. Else messages between nodes stand in for a network.
  std::chrono::nanoseconds timeout = std::chrono::seconds(30);
};

/// Runs `body` once per rank, each on its own thread with its own communicator.
/// Returns when all have ended; throws the exception of the first rank that threw (the others are
/// aborted).
void run_local_world(const LocalWorldOptions& options,
                     const std::function<void(Communicator&)>& body);

}  // namespace muster::comm
