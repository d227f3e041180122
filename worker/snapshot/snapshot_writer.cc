#include "worker/snapshot/snapshot_writer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <span>
#include <string>

#include "common/deadline.h"
#include "common/error.h"
#include "common/file_lock.h"
#include "common/hash.h"
#include "common/text.h"
#include "common/units.h"

namespace muster::worker {
namespace {

// A look whether the file is held lasts no longer than two system calls.
constexpr auto kLookEnds = std::chrono::seconds(5);

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what, int number) {
  throw Error(ErrorCode::storage, concat(path.string(), ": ", what, ": ", errno_text(number)));
}

/// At once: a full tmpfs would end the process with SIGBUS at a later store.
void allocate(const std::filesystem::path& path, const FileDescriptor& file, std::size_t offset,
              std::size_t bytes) {
  int error = EINTR;
  while (error == EINTR) {
    error = ::posix_fallocate(file.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes));
  }
  if (error == 0) return;
  fail(path, concat("no room for ", bytes_to_string(static_cast<std::int64_t>(bytes))), error);
}

/// A folder of that name that somebody else made is not used: others must not read the state, or
/// put something in its place.
void make_private_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return;
  const int error = errno;
  struct stat status {};
  if (error != EEXIST || ::lstat(folder.c_str(), &status) != 0) fail(folder, "mkdir", error);
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
    throw Error(ErrorCode::storage,
                concat(folder.string(), ": exists, and is not a private folder of this user"));
  }
}

}  // namespace

SnapshotWriter::SnapshotWriter(const std::filesystem::path& folder, const SnapshotOwner& owner,
                               const StateView& state)
    : path_(snapshot_file(folder, owner.generation, owner.rank)),
      state_(state),
      blocks_(owner.blocks),
      layout_(state, owner.blocks) {
  make_private_folder(folder);
  make_file(owner);
}

SnapshotWriter::~SnapshotWriter() { ::munmap(data_, layout_.file_bytes()); }

void SnapshotWriter::make_file(const SnapshotOwner& owner) {
  ::unlink(path_.c_str());  // A worker of this rank and generation is this one.
  file_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file_.is_open()) fail(path_, "open", errno);
  try {
    lock_shared(file_, Deadline::after(kLookEnds));  // Without locks there is no mark.
    allocate(path_, file_, 0, kSnapshotHeaderBytes);
    void* data =
        ::mmap(nullptr, layout_.file_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
    if (data == MAP_FAILED) fail(path_, "mmap", errno);
    data_ = static_cast<std::byte*>(data);
  } catch (const Error&) {
    ::unlink(path_.c_str());
    throw;
  }
  auto* header = new (data_) SnapshotHeader{.magic = kSnapshotMagic,
                                            .identity = owner.identity,
                                            .generation = owner.generation,
                                            .rank = owner.rank,
                                            .blocks = owner.blocks};
  header->checksum = checksum_of(*header);
}

void SnapshotWriter::make_room() {
  if (next_slot_ < slots_with_room_) return;
  allocate(path_, file_, layout_.slot(next_slot_), layout_.slot_bytes());
  new (data_ + layout_.slot(next_slot_)) SlotRecord{};
  ++slots_with_room_;
}

void SnapshotWriter::write(std::int64_t step, std::string_view note) {
  MUSTER_ASSERT(note.size() <= kSnapshotNoteBytes, "a snapshot's note is short");
  make_room();
  std::byte* const slot = data_ + layout_.slot(next_slot_);
  auto& record = *std::launder(reinterpret_cast<SlotRecord*>(slot));
  std::atomic_ref(record.step).store(-1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);

  std::memcpy(slot + layout_.note(), note.data(), note.size());
  auto* const hashes = reinterpret_cast<std::uint64_t*>(slot + layout_.hashes());
  for (std::size_t i = 0; i < state_.columns.size(); ++i) {
    const StateColumn& column = state_.columns[i];
    const BlockRange own = blocks_of(column, blocks_);
    const auto block_bytes = static_cast<std::size_t>(column.block_bytes);
    const std::byte* from = column.data + own.begin * column.block_bytes;
    std::byte* to = slot + layout_.column(i);
    std::uint64_t* hash = hashes + layout_.first_hash(i);
    for (std::int64_t block = own.begin; block < own.end; ++block) {
      std::memcpy(to, from, block_bytes);
      *hash++ = xxh3_64(std::span(to, block_bytes));
      from += block_bytes;
      to += block_bytes;
    }
  }
  SlotRecord done{.step = step, .note_bytes = note.size(), .checksum = 0};
  done.checksum = checksum_of(done, slot + layout_.note(), hashes, layout_.hash_count());
  record.note_bytes = done.note_bytes;
  record.checksum = done.checksum;
  std::atomic_ref(record.step).store(step, std::memory_order_release);
  next_slot_ = (next_slot_ + 1) % kSnapshotSlots;
}

}  // namespace muster::worker
