#include "worker/snapshot/snapshot_removal.h"

#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "common/file_descriptor.h"
#include "worker/snapshot/snapshot_file.h"

namespace muster::worker {

void empty_slot(const std::filesystem::path& snapshot, std::size_t start,
                std::size_t bytes) noexcept {
  const FileDescriptor file(::open(snapshot.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.is_open()) return;
  const SlotRecord empty;
  if (::pwrite(file.get(), &empty, sizeof(empty), static_cast<off_t>(start)) != sizeof(empty)) {
    return;
  }
  // Where the file system cannot do it, the memory comes back when the file is removed.
  ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
              static_cast<off_t>(start + sizeof(empty)), static_cast<off_t>(bytes - sizeof(empty)));
}

void remove_generations_before(std::int64_t generation, const std::filesystem::path& folder,
                               const std::set<std::filesystem::path>& kept) noexcept {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const auto found = generation_of(entry->path());
    if (!found || *found >= generation || kept.contains(entry->path())) continue;
    std::error_code ignored;
    std::filesystem::remove(entry->path(), ignored);
  }
}

}  // namespace muster::worker
