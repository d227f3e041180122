#include "data/formats/data_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {
namespace {

/// The size of the file just opened. Throws when it is something else than a file.
std::int64_t check_is_file(int descriptor, const std::string& path) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) {
    throw Error(ErrorCode::corrupt, concat(path, ": ", errno_text(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::corrupt, path + ": is a directory", "name the files in it");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::corrupt, path + ": is not a regular file");
  }
  return status.st_size;
}

}  // namespace

DataFile::DataFile(const std::filesystem::path& path)
    : path_(path.string()),
      // Not blocking: a FIFO without a writer would stop us here for ever.
      file_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open()) {
    const int error = errno;
    throw Error(ErrorCode::corrupt, concat(path_, ": ", errno_text(error)),
                error == ENOENT ? "relative paths start at the experiment file" : "");
  }
  size_ = check_is_file(file_.get(), path_);
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
                  concat(path_, ": ends at byte ", offset, ", and had ", size_,
                         " bytes when it was opened"),
                  "data must not be changed while a run uses them");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
}

FileEntry DataFile::entry(std::int64_t records, std::int64_t skipped) const {
  return {.path = std::filesystem::absolute(path_).lexically_normal().string(),
          .bytes = bytes_read_,
          .records = records,
          .skipped = skipped,
          .xxh3 = hash_.hex()};
}

}  // namespace muster::data
