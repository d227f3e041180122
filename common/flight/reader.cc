#include "common/flight/reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/file_descriptor.h"
#include "common/text.h"

namespace muster::flight {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kLargestFile = std::size_t{64} << 20U;
constexpr int kRanksLookedAt = 256;
constexpr std::size_t kRanksNamed = 8;

[[noreturn]] void refuse(ErrorCode code, const std::filesystem::path& path,
                         const std::string& why) {
  throw Error(code, concat(path.string(), ": ", why));
}

std::string read_all(int file, const std::filesystem::path& path) {
  std::string bytes;
  std::string piece(std::size_t{256} << 10U, '\0');
  while (bytes.size() < kLargestFile) {
    const ssize_t count =
        ::pread(file, piece.data(), piece.size(), static_cast<off_t>(bytes.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse(ErrorCode::storage, path, concat("cannot be read: ", errno_text(errno)));
    if (count == 0) return bytes;
    bytes.append(piece.data(), static_cast<std::size_t>(count));
  }
  refuse(ErrorCode::corrupt, path, "too large for a flight record");
}

template <class T>
T value_at(const std::string& bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

template <std::size_t N>
std::string text_of(const std::array<char, N>& text) {
  return {text.begin(), std::find(text.begin(), text.end(), '\0')};
}

std::optional<ErrorCode> error_of(std::uint32_t number) {
  if (number == 0 || number > number_of(ErrorCode::aborted)) return std::nullopt;
  return static_cast<ErrorCode>(number - 1);
}

Header header_of(const std::string& bytes, const std::filesystem::path& path) {
  if (bytes.size() < sizeof(Header) || value_at<Header>(bytes, 0).magic != kMagic) {
    refuse(ErrorCode::corrupt, path, "is no flight record, or not finished yet");
  }
  const auto header = value_at<Header>(bytes, 0);
  if (header.version != kVersion) {
    refuse(ErrorCode::unsupported, path,
           concat("has version ", header.version, " of the format, this program reads ", kVersion));
  }
  const bool is_whole =
      header.header_bytes >= sizeof(Header) && header.record_bytes >= sizeof(Record) &&
      header.capacity > 0 &&
      bytes.size() >= header.header_bytes + std::uint64_t{header.record_bytes} * header.capacity;
  if (!is_whole) refuse(ErrorCode::corrupt, path, "is shorter than its header says");
  return header;
}

Entry entry_of(const Record& record) {
  const auto phase = static_cast<Phase>(record.stamp % 4);
  Entry entry{.number = record.stamp / 4 - 1,
              .sequence = record.sequence,
              .kind = static_cast<OperationKind>(record.kind),
              .dtype = std::nullopt,
              .bytes = record.bytes,
              .label = text_of(record.label),
              .entered = nanoseconds(record.entered_ns),
              .left = std::nullopt,
              .error = std::nullopt};
  if (record.dtype <= static_cast<int>(DType::uint8)) {
    entry.dtype = static_cast<DType>(record.dtype);
  }
  if (phase != Phase::entered) {
    entry.left = nanoseconds(record.left_ns);
    entry.error = error_of(record.error);
  }
  return entry;
}

// True when operation `a` is counted with operations of kind `b`.
bool counts_with(OperationKind a, OperationKind b) {
  return (a == OperationKind::allocate_shared) == (b == OperationKind::allocate_shared);
}

// Empty when the rank has entered the operation.
std::string absence_of(const Flight& flight, OperationKind kind, std::uint64_t sequence) {
  for (const Entry& entry : flight.operations) {
    if (counts_with(entry.kind, kind) && entry.sequence >= sequence) return "";
  }
  const std::string rank = concat("rank ", flight.rank);
  if (flight.operations.empty()) return concat(rank, " (in no operation yet)");
  const Entry& last = flight.operations.back();
  return concat(rank, last.left ? " (last left " : " (in ", describe(last), ')');
}

}  // namespace

Flight read_flight(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) {
    refuse(ErrorCode::storage, path, concat("cannot be opened: ", errno_text(errno)));
  }
  // A record that is the same both times, stamp included, did not change in between: stamps never
  // come twice, and a record's is the first thing of it to change.
  const std::string before = read_all(file.get(), path);
  const std::string bytes = read_all(file.get(), path);
  const Header header = header_of(before, path);
  if (bytes.size() < before.size()) refuse(ErrorCode::corrupt, path, "became shorter");

  Flight flight{.rank = static_cast<int>(header.rank),
                .ranks = static_cast<int>(header.ranks),
                .generation = static_cast<std::int64_t>(header.generation),
                .process = static_cast<std::int64_t>(header.process),
                .host = text_of(header.host),
                .wall = nanoseconds(header.wall_ns),
                .monotonic = nanoseconds(header.monotonic_ns),
                .entered = header.entered,
                .operations = {},
                .error = error_of(header.error),
                .error_text = text_of(header.error_text)};
  for (std::uint32_t index = 0; index < header.capacity; ++index) {
    const std::size_t offset = header.header_bytes + std::size_t{header.record_bytes} * index;
    const auto record = value_at<Record>(bytes, offset);
    const bool is_used = record.stamp >= 4 && record.stamp % 4 != 0;
    if (!is_used ||
        std::memcmp(before.data() + offset, bytes.data() + offset, sizeof record) != 0) {
      continue;
    }
    flight.operations.push_back(entry_of(record));
  }
  std::sort(flight.operations.begin(), flight.operations.end(),
            [](const Entry& a, const Entry& b) { return a.number < b.number; });
  return flight;
}

std::string describe(const Entry& entry) {
  std::string text = concat(to_string(entry.kind), " #", entry.sequence);
  if (!entry.label.empty()) text += concat(" \"", entry.label, '"');
  return text;
}

std::string absent_ranks(const std::filesystem::path& folder, int ranks, std::int64_t generation,
                         OperationKind kind, std::uint64_t sequence) noexcept {
  try {
    std::vector<std::string> absent;
    for (int rank = 0; rank < std::min(ranks, kRanksLookedAt); ++rank) {
      try {
        std::string text =
            absence_of(read_flight(file_of(folder, rank, generation)), kind, sequence);
        if (!text.empty()) absent.push_back(std::move(text));
      } catch (const Error&) {
        continue;  // It has no record, or keeps it elsewhere: nothing to be said about it.
      }
    }
    const std::size_t unnamed = absent.size() - std::min(absent.size(), kRanksNamed);
    absent.resize(absent.size() - unnamed);
    if (unnamed > 0) absent.push_back(concat("and ", unnamed, " more"));
    return join(absent, ", ");
  } catch (...) {
    return "";
  }
}

}  // namespace muster::flight
