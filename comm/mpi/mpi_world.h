// Ranks as MPI processes. <mpi.h> stays in the source file.
//
// Inside a node: shared memory (memfd, handed over a Unix socket) and spinning barriers that sleep
// on a futex; MPI is used only to meet. Between nodes: MPI, with MPI_Test in a loop that checks the
// deadline and the abort word, since MPI's own blocking calls cannot time out.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "comm/communicator.h"

namespace muster::comm {

struct MpiWorldOptions {
  std::optional<int> ranks_per_node;  // Empty: as the hosts are. 1: every rank its own node.
  std::chrono::nanoseconds timeout = std::chrono::minutes(10);
};

/// Initialises MPI (MPI_THREAD_SERIALIZED) and finalises it at the end. One per process.
class MpiWorld {
 public:
  /// Throws Error{unavailable} when MPI gives less than is needed.
  MpiWorld();
  /// Finalises MPI. After a failure of a communicator it does not (that would wait for dead peers):
  /// the process then ends without it.
  ~MpiWorld();
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  Rank rank() const;

  /// "Open MPI v4.1.4, ...": for logs and doctor.
  std::string library_version() const;

  /// Collective over all ranks. Blocks.
  std::unique_ptr<Communicator> make_communicator(const MpiWorldOptions& options);

 private:
  bool failed_ = false;
};

}  // namespace muster::comm
