// Messages between nodes by MPI's nonblocking calls.
#pragma once

#include <memory>

#include "comm/network/transport.h"

namespace muster::comm {

/// Collective over all ranks (it makes a communicator of its own). Throws Error{timeout}.
std::unique_ptr<Transport> make_mpi_transport(Deadline deadline);

}  // namespace muster::comm
