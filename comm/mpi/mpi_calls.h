// Results of MPI calls as errors of this project.
#pragma once

#include <string_view>

namespace muster::comm {

/// Throws Error{aborted} with MPI's own text unless `code` is MPI_SUCCESS. `call`: "MPI_Test".
void check_mpi(int code, std::string_view call);

}  // namespace muster::comm
