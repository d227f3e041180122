#include "common/flight/recorder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>

#include "common/deadline.h"
#include "common/file_descriptor.h"
#include "common/text.h"

namespace muster::flight {
namespace {

template <std::size_t N>
void copy_text(std::string_view from, std::array<char, N>& to) {
  const std::size_t length = std::min(from.size(), N - 1);
  std::copy_n(from.begin(), length, to.begin());
  std::fill(to.begin() + static_cast<std::ptrdiff_t>(length), to.end(), '\0');
}

std::int64_t monotonic_ns() {
  return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

std::int64_t wall_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::uint64_t stamp_of(std::uint64_t number, Phase phase) {
  return 4 * (number + 1) + static_cast<std::uint64_t>(phase);
}

[[noreturn]] void fail_to(std::string_view call, const std::filesystem::path& path,
                          int error_number) {
  throw Error(ErrorCode::storage, concat(path.string(), ": cannot make a flight record: ", call,
                                         ": ", errno_text(error_number)));
}

// Room is taken at once: a full disk must not end the process at a later store.
std::byte* map_new_file(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file.is_open()) fail_to("open", path, errno);
  if (const int error = ::posix_fallocate(file.get(), 0, kFileBytes); error != 0) {
    ::unlink(path.c_str());
    fail_to("posix_fallocate", path, error);
  }
  void* data = ::mmap(nullptr, kFileBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) {
    const int error = errno;
    ::unlink(path.c_str());
    fail_to("mmap", path, error);
  }
  return static_cast<std::byte*>(data);
}

}  // namespace

Recorder::Recorder(const std::filesystem::path& folder, const Owner& owner)
    : folder_(folder),
      owner_(owner),
      data_(map_new_file(file_of(folder, owner.rank, owner.generation))) {
  std::array<char, 64> host = {};
  ::gethostname(host.data(), host.size() - 1);
  auto& header = *reinterpret_cast<Header*>(data_);
  header.version = kVersion;
  header.header_bytes = kHeaderBytes;
  header.record_bytes = sizeof(Record);
  header.capacity = kCapacity;
  header.rank = static_cast<std::uint32_t>(owner.rank);
  header.ranks = static_cast<std::uint32_t>(owner.ranks);
  header.generation = static_cast<std::uint64_t>(owner.generation);
  header.process = static_cast<std::uint64_t>(::getpid());
  header.wall_ns = wall_ns();
  header.monotonic_ns = monotonic_ns();
  header.host = host;
  std::atomic_thread_fence(std::memory_order_release);
  header.magic = kMagic;
}

Recorder::~Recorder() { ::munmap(data_, kFileBytes); }

Record& Recorder::record_of(std::uint64_t number) const {
  return reinterpret_cast<Record*>(data_ + kHeaderBytes)[number % kCapacity];
}

void Recorder::enter(const Operation& operation) {
  Record& record = record_of(entered_);
  const std::atomic_ref<std::uint64_t> stamp(record.stamp);
  stamp.store(stamp_of(entered_, Phase::being_written), std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  record.sequence = operation.sequence;
  record.entered_ns = monotonic_ns();
  record.left_ns = 0;
  record.bytes = operation.bytes;
  record.kind = static_cast<std::uint8_t>(operation.kind);
  record.dtype = static_cast<std::uint8_t>(operation.dtype);
  record.error = 0;
  copy_text(operation.label, record.label);
  stamp.store(stamp_of(entered_, Phase::entered), std::memory_order_release);
  ++entered_;
  auto& header = *reinterpret_cast<Header*>(data_);
  std::atomic_ref(header.entered).store(entered_, std::memory_order_release);
}

void Recorder::end(Phase phase, std::uint8_t error) {
  MUSTER_ASSERT(entered_ > 0, "an operation that ends has begun");
  Record& record = record_of(entered_ - 1);
  record.left_ns = monotonic_ns();
  record.error = error;
  std::atomic_ref(record.stamp).store(stamp_of(entered_ - 1, phase), std::memory_order_release);
}

void Recorder::fail(ErrorCode code, std::string_view text) {
  auto& header = *reinterpret_cast<Header*>(data_);
  if (header.error == 0) {
    copy_text(text, header.error_text);
    std::atomic_ref(header.error).store(number_of(code), std::memory_order_release);
  }
  end(Phase::failed, number_of(code));
}

}  // namespace muster::flight
