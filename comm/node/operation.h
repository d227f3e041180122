// What a rank says when it enters a collective, so that ranks which disagree find out at once
// instead of hanging or adding apples to oranges.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "comm/communicator.h"
#include "common/deadline.h"
#include "common/flight/format.h"

namespace muster::comm {

using flight::OperationKind;

/// Equal on all ranks, or the program is wrong. Trivially copyable: it lies in memory shared
/// between processes and travels between nodes.
struct Operation {
  std::uint64_t sequence = 0;  // Number of the operation; allocations are counted apart.
  std::int64_t count = 0;      // Elements (bytes for allocate_shared).
  std::uint64_t shape = 0;     // Digest of whatever else must be equal: layout, ranges.
  std::int32_t root = -1;
  OperationKind kind = OperationKind::barrier;
  DType dtype = DType::uint8;
  ReduceOp reduce_op = ReduceOp::sum;
  std::array<char, 41> label = {};  // Cut off where it is longer; ends with a zero.

  bool operator==(const Operation&) const = default;

  void set_label(std::string_view text);
};

/// `all_reduce #12 "loss" (3 float64, sum)`: for messages.
std::string describe(const Operation& operation);

/// The text of the error when two ranks entered different operations.
std::string describe_mismatch(int rank, const Operation& operation, int other_rank,
                              const Operation& other);

/// An operation under way on this rank.
struct Call {
  Operation operation;
  Deadline deadline;
  std::chrono::nanoseconds timeout;  // Where the deadline came from: for messages.
};

}  // namespace muster::comm
