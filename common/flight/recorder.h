// Writes a rank's operations to its flight record (format.h).
//
// Costs two looks at the clock and some stores per operation, no call of the operating system: well
// below a microsecond. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "common/flight/format.h"

namespace muster::flight {

/// Whose record it is.
struct Owner {
  int rank = 0;
  int ranks = 1;
  std::int64_t generation = 1;
};

/// What is written down of an operation.
struct Operation {
  OperationKind kind = OperationKind::barrier;
  std::uint64_t sequence = 0;
  std::uint64_t bytes = 0;
  DType dtype = DType::uint8;
  std::string_view label = {};  // At most 47 bytes are kept.
};

class Recorder {
 public:
  /// Makes the file in `folder`, which exists. Throws Error{storage}, also when a rank of this
  /// generation has made it already.
  Recorder(const std::filesystem::path& folder, const Owner& owner);
  /// The file stays.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  const Owner& owner() const { return owner_; }

  /// One operation after the other: enter(), then leave() or fail().
  void enter(const Operation& operation);
  void leave() { end(Phase::left, 0); }
  /// `text` is kept for the first failure only.
  void fail(ErrorCode code, std::string_view text);

 private:
  Record& record_of(std::uint64_t number) const;
  void end(Phase phase, std::uint8_t error);

  std::filesystem::path folder_;
  Owner owner_;
  std::byte* data_ = nullptr;
  std::uint64_t entered_ = 0;
};

}  // namespace muster::flight
