// The file in which a rank keeps its last operations, byte by byte: docs/flight-records.md.
//
// It is a ring in a memory-mapped file: the pages belong to the kernel, so what was written is
// there however the process ends. Records are plain numbers at fixed places, little endian. Who
// reads while a rank writes sees from a record's stamp whether it is whole.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/dtype.h"
#include "common/error.h"

namespace muster::flight {

/// What ranks do together. The numbers are in files: new kinds go to the end.
enum class OperationKind : std::uint8_t {
  allocate_shared = 0,
  reduce_scatter = 1,
  all_gather = 2,
  all_reduce = 3,
  broadcast = 4,
  barrier = 5,
};

/// "all_reduce", ...; "?" for a number that this version does not know.
std::string_view to_string(OperationKind kind);

inline constexpr std::array<char, 8> kMagic = {'M', 'S', 'T', 'R', 'F', 'L', 'T', '\0'};
inline constexpr std::uint32_t kVersion = 1;

struct Header {
  std::array<char, 8> magic;  // Written last: a file without it is still being made.
  std::uint32_t version;
  std::uint32_t header_bytes;  // Where record 0 begins.
  std::uint32_t record_bytes;
  std::uint32_t capacity;  // Records in the ring.
  std::uint32_t rank;
  std::uint32_t ranks;
  std::uint64_t generation;
  std::uint64_t process;
  std::int64_t wall_ns;       // Since 1970, UTC, at the moment that follows.
  std::int64_t monotonic_ns;  // CLOCK_MONOTONIC of this host.
  std::uint64_t entered;      // Operations entered so far.
  std::uint32_t error;        // 0: none. Written after error_text.
  std::uint32_t reserved;
  std::array<char, 64> host;         // Texts are UTF-8 and end with a zero.
  std::array<char, 880> reserved_2;  // Zeros.
  std::array<char, 1024> error_text;
};

/// Operation number n (from 0) is record n modulo capacity.
struct Record {
  std::uint64_t stamp;      // 4 * (n + 1) + Phase.
  std::uint64_t sequence;   // The communicator's number: operations and allocations count apart.
  std::int64_t entered_ns;  // Monotonic.
  std::int64_t left_ns;     // Meaningful from Phase::left on.
  std::uint64_t bytes;
  std::uint8_t kind;
  std::uint8_t dtype;
  std::uint8_t error;  // 0: none.
  std::array<std::uint8_t, 5> reserved;
  std::array<char, 48> label;
  std::array<std::uint8_t, 32> reserved_2;
};

enum class Phase : std::uint8_t {
  being_written = 0,  // The rest of the record means nothing.
  entered = 1,        // The rank is in it, or died in it.
  left = 2,
  failed = 3,
};

inline constexpr std::uint32_t kHeaderBytes = 4096;
inline constexpr std::uint32_t kCapacity = 1024;
inline constexpr std::size_t kFileBytes = kHeaderBytes + kCapacity * sizeof(Record);

static_assert(std::endian::native == std::endian::little, "records are written as they lie");
static_assert(sizeof(Header) == 2048 && offsetof(Header, entered) == 64 &&
              offsetof(Header, error_text) == 1024);
static_assert(sizeof(Record) == 128 && offsetof(Record, label) == 48);
static_assert(static_cast<int>(DType::float32) == 0 && static_cast<int>(DType::uint8) == 5);
static_assert(static_cast<int>(ErrorCode::invalid) == 0 &&
              static_cast<int>(ErrorCode::aborted) == 6);

/// How an error is written: 0 stands for none.
constexpr std::uint8_t number_of(ErrorCode code) {
  return static_cast<std::uint8_t>(static_cast<int>(code) + 1);
}

/// folder/rank-3.1.flight
std::filesystem::path file_of(const std::filesystem::path& folder, int rank,
                              std::int64_t generation);

}  // namespace muster::flight
