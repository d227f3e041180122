#include "common/run/snapshot_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <system_error>

#include "common/deadline.h"
#include "common/file_descriptor.h"
#include "common/file_lock.h"
#include "common/text.h"

namespace muster::run {
namespace {

constexpr auto kQuiet = std::chrono::minutes(1);

// A look whether something is held lasts no longer than two system calls.
constexpr auto kLookEnds = std::chrono::seconds(5);

std::string prefix() { return concat("muster-", ::geteuid(), "-"); }

bool is_own_folder(const std::filesystem::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

bool is_held(const std::filesystem::path& path) {
  const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return descriptor.is_open() && ::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0;
}

/// Bytes in a folder that nobody holds; nothing for one that may be in use.
std::optional<std::int64_t> bytes_of_abandoned(const std::filesystem::path& folder) {
  std::error_code error;
  const auto now = std::filesystem::file_time_type::clock::now();
  if (now - std::filesystem::last_write_time(folder, error) < kQuiet || error) return std::nullopt;
  if (is_held(folder)) return std::nullopt;
  std::int64_t bytes = 0;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0 || is_held(entry->path())) return std::nullopt;
    bytes += static_cast<std::int64_t>(status.st_size);
  }
  return error ? std::nullopt : std::optional(bytes);
}

}  // namespace

std::filesystem::path snapshot_folder(const config::Snapshot& snapshot, const std::string& run_id) {
  if (!snapshot.enabled) return {};
  return snapshot.dir / concat(prefix(), run_id);
}

FileDescriptor hold_snapshot_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && !is_own_folder(folder)) return FileDescriptor();
  FileDescriptor held(::open(folder.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY));
  if (held.is_open() && !lock_shared(held, Deadline::after(kLookEnds))) return FileDescriptor();
  return held;
}

void remove_snapshot_folder(const std::filesystem::path& folder) noexcept {
  std::error_code ignored;
  if (is_own_folder(folder)) std::filesystem::remove_all(folder, ignored);
}

std::vector<AbandonedSnapshots> abandoned_snapshots(const std::filesystem::path& dir) {
  std::vector<AbandonedSnapshots> found;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(dir, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::filesystem::path& path = entry->path();
    if (!path.filename().string().starts_with(prefix()) || !is_own_folder(path)) continue;
    if (const auto bytes = bytes_of_abandoned(path)) found.push_back({path, *bytes});
  }
  return found;
}

}  // namespace muster::run
