#include "data/formats/text_blocks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

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

TextBlocks::TextBlocks(const std::filesystem::path& path, std::size_t block_bytes)
    : path_(path.string()),
      // Not blocking: a FIFO without a writer would stop us here for ever.
      file_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open()) {
    const int error = errno;
    throw Error(ErrorCode::corrupt, concat(path_, ": ", errno_text(error)),
                error == ENOENT ? "relative paths start at the experiment file" : "");
  }
  file_bytes_ = check_is_file(file_.get(), path_);
  buffer_.resize(block_bytes + 1);
}

std::string_view TextBlocks::next() {
  std::copy(buffer_.data() + handed_out_, buffer_.data() + filled_, buffer_.data());
  filled_ -= handed_out_;
  handed_out_ = 0;
  while (handed_out_ == 0) {
    const std::size_t searched = filled_;
    if (!read_more()) {
      if (filled_ == 0) return {};
      buffer_[filled_++] = '\n';
      handed_out_ = filled_;
      break;
    }
    const void* line_end = memrchr(buffer_.data() + searched, '\n', filled_ - searched);
    if (line_end != nullptr) {
      handed_out_ =
          static_cast<std::size_t>(static_cast<const char*>(line_end) - buffer_.data()) + 1;
    }
  }
  std::string_view lines(buffer_.data(), handed_out_);
  if (at_start_ && lines.starts_with(kByteOrderMark)) lines.remove_prefix(kByteOrderMark.size());
  at_start_ = false;
  return lines;
}

/// Reads something behind filled_, with more room if there is none. False at the end of the file.
bool TextBlocks::read_more() {
  if (filled_ + 1 == buffer_.size()) {
    if (filled_ >= kLineBytesMax) {
      throw Error(
          ErrorCode::corrupt,
          concat(path_, ": a line longer than ", human_bytes(static_cast<double>(kLineBytesMax))),
          "is this a text file?");
    }
    buffer_.resize(2 * filled_ + 1);
  }
  ssize_t count = 0;
  do {
    count = read(file_.get(), buffer_.data() + filled_, buffer_.size() - 1 - filled_);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw Error(ErrorCode::corrupt, concat(path_, ": ", errno_text(errno)));
  const auto read_bytes = static_cast<std::size_t>(count);
  hash_.update(std::as_bytes(std::span(buffer_.data() + filled_, read_bytes)));
  bytes_ += count;
  filled_ += read_bytes;
  return read_bytes > 0;
}

}  // namespace muster::data
