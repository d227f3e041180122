// Reads flight records (format.h), also of ranks that are writing just now, that died or were
// stopped. Needs no communication library and takes nothing on trust that is in a file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/flight/format.h"

namespace muster::flight {

/// One operation of a rank.
struct Entry {
  std::uint64_t number = 0;    // Of all operations of the rank, from 0.
  std::uint64_t sequence = 0;  // Among the communicator's operations (or its allocations).
  OperationKind kind = OperationKind::barrier;
  std::optional<DType> dtype;  // Empty for what this version does not know.
  std::uint64_t bytes = 0;
  std::string label;
  std::chrono::nanoseconds entered{0};           // By the host's monotonic clock.
  std::optional<std::chrono::nanoseconds> left;  // Empty: the rank is in it, or died in it.
  std::optional<ErrorCode> error;
};

struct Flight {
  int rank = 0;
  int ranks = 1;
  std::int64_t generation = 1;
  std::int64_t process = 0;
  std::string host;
  std::chrono::nanoseconds wall{0};       // Since 1970, when the record was begun,
  std::chrono::nanoseconds monotonic{0};  // and the host's monotonic clock then.
  std::uint64_t entered = 0;              // Operations entered since then.
  std::vector<Entry>
      operations;  // The last ones, oldest first; without one that changed meanwhile.
  std::optional<ErrorCode> error;  // What ended the communicator,
  std::string error_text;          // in its words.
};

/// Throws Error{storage} when the file cannot be read, Error{corrupt} when it is no (finished)
/// flight record, Error{unsupported} when a later version wrote it.
Flight read_flight(const std::filesystem::path& path);

/// `all_reduce #12 "loss"`.
std::string describe(const Entry& entry);

/// The ranks that have not entered operation `sequence`, as far as their records in `folder` are
/// there and say so, and where they were last:
/// `rank 3 (last left all_reduce #11 "loss"), rank 5 (in barrier #9)`. Empty when there are none.
/// Allocations (kind allocate_shared) are counted apart. Looks at 256 ranks at most and throws
/// nothing: it is for the texts of errors.
std::string absent_ranks(const std::filesystem::path& folder, int ranks, std::int64_t generation,
                         OperationKind kind, std::uint64_t sequence) noexcept;

}  // namespace muster::flight
