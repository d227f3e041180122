#include "data/formats/data_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kSettledAfterNs = 2 * kNanosecondsPerSecond;

/// What may help when a file cannot be opened.
std::string hint_for(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "relative paths start at the experiment file";
    case EMFILE:
      return "this process may not have more files open: raise the limit (ulimit -n), or use "
             "fewer, "
             "larger files";
    case ENFILE:
      return "the machine has too many files open: raise fs.file-max";
    default:
      return {};
  }
}

struct stat status_of(int descriptor, const std::string& path) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) {
    throw Error(ErrorCode::corrupt, concat(path, ": ", errno_text(errno)));
  }
  return status;
}

FileStamp stamp_of(const struct stat& status) {
  return {.bytes = status.st_size,
          .modified_ns = status.st_mtim.tv_sec * kNanosecondsPerSecond + status.st_mtim.tv_nsec,
          .device = status.st_dev,
          .inode = status.st_ino};
}

/// The stamp of the file just opened. Throws when it is something else than a file.
FileStamp check_is_file(int descriptor, const std::string& path) {
  const struct stat status = status_of(descriptor, path);
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::corrupt, path + ": is a directory", "name the files in it");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::corrupt, path + ": is not a regular file");
  }
  return stamp_of(status);
}

}  // namespace

DataFile::DataFile(const std::filesystem::path& path)
    : path_(path.string()),
      // Not blocking: a FIFO without a writer would stop us here for ever.
      file_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open()) {
    const int error = errno;
    throw Error(ErrorCode::corrupt, concat(path_, ": ", errno_text(error)), hint_for(error));
  }
  stamp_ = check_is_file(file_.get(), path_);
}

std::string DataFile::absolute_path() const {
  return std::filesystem::absolute(path_).lexically_normal().string();
}

std::optional<FileStamp> DataFile::settled_stamp() const {
  using std::chrono::system_clock;
  const FileStamp now = stamp_of(status_of(file_.get(), path_));
  const auto clock_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(system_clock::now().time_since_epoch())
          .count();
  if (now != stamp_ || clock_ns - now.modified_ns <= kSettledAfterNs) return std::nullopt;
  return now;
}

std::size_t DataFile::read(std::span<std::byte> bytes) {
  ssize_t count = 0;
  do {
    count = ::read(file_.get(), bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw Error(ErrorCode::corrupt, concat(path_, ": ", errno_text(errno)));
  const auto read_bytes = static_cast<std::size_t>(count);
  hash_.update(bytes.first(read_bytes));
  bytes_read_ += count;
  return read_bytes;
}

void DataFile::read_at(std::int64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = pread(file_.get(), bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorCode::corrupt, concat(path_, ": ", errno_text(errno)));
    if (count == 0) {
      throw Error(ErrorCode::corrupt,
                  concat(path_, ": ends at byte ", offset, ", and had ", size(),
                         " bytes when it was opened"),
                  "data must not be changed while a run uses them");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
}

FileEntry DataFile::entry(std::int64_t records, std::int64_t skipped) const {
  return {.path = absolute_path(),
          .bytes = bytes_read_,
          .records = records,
          .skipped = skipped,
          .xxh3 = xxh3()};
}

}  // namespace muster::data
