#include "data/formats/text_blocks.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

TextBlocks::TextBlocks(const std::filesystem::path& path, std::size_t block_bytes)
    : file_(path), buffer_(block_bytes + 1) {}

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
      throw Error(ErrorCode::corrupt,
                  concat(file_.path(), ": a line longer than ",
                         human_bytes(static_cast<double>(kLineBytesMax))),
                  "is this a text file?");
    }
    buffer_.resize(2 * filled_ + 1);
  }
  const std::size_t read_bytes =
      file_.read(std::as_writable_bytes(std::span(buffer_).subspan(filled_))
                     .first(buffer_.size() - 1 - filled_));
  filled_ += read_bytes;
  return read_bytes > 0;
}

}  // namespace muster::data
