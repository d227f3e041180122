#include "common/flight/format.h"

#include "common/text.h"

namespace muster::flight {

std::string_view to_string(OperationKind kind) {
  switch (kind) {
    case OperationKind::allocate_shared:
      return "allocate_shared";
    case OperationKind::reduce_scatter:
      return "reduce_scatter";
    case OperationKind::all_gather:
      return "all_gather";
    case OperationKind::all_reduce:
      return "all_reduce";
    case OperationKind::broadcast:
      return "broadcast";
    case OperationKind::barrier:
      return "barrier";
  }
  return "?";
}

std::filesystem::path file_of(const std::filesystem::path& folder, int rank,
                              std::int64_t generation) {
  return folder / concat("rank-", rank, ".", generation, ".flight");
}

}  // namespace muster::flight
