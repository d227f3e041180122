#include "coordinator/launch/temporary.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "common/error.h"
#include "common/text.h"

namespace muster::coordinator {
namespace {

constexpr const char* kRoot = "/tmp";

std::string prefix_of(const std::string& run_id) {
  return concat("muster-", ::getuid(), "-", run_id, "-g");
}

}  // namespace

std::filesystem::path temporary_folder(const std::string& run_id, std::int64_t generation) {
  return std::filesystem::path(kRoot) / concat(prefix_of(run_id), generation);
}

std::filesystem::path temporary_folders_of(const std::string& run_id) {
  return std::filesystem::path(kRoot) / prefix_of(run_id);
}

void make_temporary_folder(const std::filesystem::path& folder) {
  remove_temporary_folder(folder);
  // Exclusive: a folder that somebody else put there is not taken for ours.
  if (::mkdir(folder.c_str(), 0700) != 0) {
    throw Error(ErrorCode::storage, concat(folder.string(), ": ", errno_text(errno)),
                "mpirun needs this folder for its session files");
  }
}

void remove_temporary_folder(const std::filesystem::path& folder) noexcept {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || status.st_uid != ::getuid()) return;
  // Its files are removed by their dying owners at the same time: go again when one got in between.
  constexpr int kAttempts = 3;
  std::error_code error;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::filesystem::remove_all(folder, error);
    if (!error) return;
  }
}

void remove_temporary_folders_of(const std::string& run_id) noexcept {
  const std::string prefix = prefix_of(run_id);
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(kRoot, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) {
      remove_temporary_folder(entry->path());
    }
  }
}

}  // namespace muster::coordinator
