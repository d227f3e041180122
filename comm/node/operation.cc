#include "comm/node/operation.h"

#include <algorithm>

#include "common/text.h"

namespace muster::comm {
namespace {

std::string_view to_string(ReduceOp op) {
  switch (op) {
    case ReduceOp::sum:
      return "sum";
    case ReduceOp::min:
      return "min";
    case ReduceOp::max:
      return "max";
  }
  return "?";
}

}  // namespace

void Operation::set_label(std::string_view text) {
  const std::size_t length = std::min(text.size(), label.size() - 1);
  std::copy_n(text.begin(), length, label.begin());
  std::fill(label.begin() + static_cast<std::ptrdiff_t>(length), label.end(), '\0');
}

std::string describe(const Operation& operation) {
  if (operation.sequence == 0) return "making the communicator";
  std::string text = concat(to_string(operation.kind), " #", operation.sequence);
  if (operation.label[0] != '\0') text += concat(" \"", operation.label.data(), '"');
  switch (operation.kind) {
    case OperationKind::barrier:
      break;
    case OperationKind::allocate_shared:
      text += concat(" (", operation.count, " bytes)");
      break;
    case OperationKind::all_reduce:
      text += concat(" (", operation.count, ' ', muster::to_string(operation.dtype), ", ",
                     to_string(operation.reduce_op), ')');
      break;
    case OperationKind::broadcast:
      text += concat(" (", operation.count, ' ', muster::to_string(operation.dtype), " from rank ",
                     operation.root, ')');
      break;
    case OperationKind::reduce_scatter:
    case OperationKind::all_gather:
      text += concat(" (", operation.count, ' ', muster::to_string(operation.dtype), ')');
      break;
  }
  return text;
}

std::string describe_mismatch(int rank, const Operation& operation, int other_rank,
                              const Operation& other) {
  const std::string first = describe(operation);
  const std::string second = describe(other);
  return concat("ranks made different calls: rank ", rank, " called ", first, ", rank ", other_rank,
                " called ", second, first == second ? " with other ranges" : "");
}

}  // namespace muster::comm
