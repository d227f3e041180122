#include "common/run/append_whole.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/text.h"

namespace muster::run {

void fail_with_errno(const std::string& path, std::string_view what) {
  const int error_number = errno;
  throw Error(ErrorCode::storage, concat(path, ": cannot ", what, ": ", errno_text(error_number)));
}

off_t size_of(int file, const std::string& path) {
  struct stat status {};
  if (fstat(file, &status) != 0) fail_with_errno(path, "look at");
  return status.st_size;
}

void append_whole(int file, const std::string& path, std::string_view piece) {
  const off_t size_before = size_of(file, path);
  ssize_t written;
  do {
    written = write(file, piece.data(), piece.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(piece.size())) return;
  if (written >= 0) errno = ENOSPC;  // What a short write to a file means.
  const int error_number = errno;
  if (ftruncate(file, size_before) != 0) fail_with_errno(path, "take back half a line");
  errno = error_number;
  fail_with_errno(path, "write");
}

}  // namespace muster::run
