#include "comm/mpi/mpi_calls.h"

#include <mpi.h>

#include <array>

#include "common/error.h"
#include "common/text.h"

namespace muster::comm {

void check_mpi(int code, std::string_view call) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING + 1> text = {};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(ErrorCode::aborted, concat(call, ": ", text.data()));
}

}  // namespace muster::comm
