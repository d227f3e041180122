// Reads a text file once, from its beginning to its end, in blocks of whole lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "data/formats/data_file.h"

namespace muster::data {

class TextBlocks {
 public:
  /// No line is longer than this: a file without line ends is not read into memory whole.
  static constexpr std::size_t kLineBytesMax = std::size_t{64} << 20;

  /// Opens `path`, a regular file. Throws Error{corrupt}: missing, a directory, not readable.
  explicit TextBlocks(const std::filesystem::path& path,
                      std::size_t block_bytes = std::size_t{1} << 20);

  /// The next whole lines, valid until the next call; empty at the end of the file. Always ends
  /// with
  /// '\n': one is added (and not hashed) when the file's last line has none. A UTF-8 byte order
  /// mark at the beginning of the file is left out. Throws Error{corrupt}.
  std::string_view next();

  /// The size of the file when it was opened: for estimates only, it may grow.
  std::int64_t file_bytes() const { return file_.size(); }

  /// Of what was read so far.
  std::int64_t bytes() const { return file_.bytes_read(); }

  /// The file as it was read.
  const DataFile& file() const { return file_; }

 private:
  bool read_more();

  DataFile file_;
  std::vector<char> buffer_;    // Keeps one byte free behind filled_, for the added '\n'.
  std::size_t handed_out_ = 0;  // Of buffer_, by the last next().
  std::size_t filled_ = 0;
  bool at_start_ = true;
};

}  // namespace muster::data
