// A file of a data set: opened once, read from its beginning to its end while it is hashed (what is
// used is what was hashed, also when somebody changes the file meanwhile), and perhaps read in
// places afterwards. Never mapped: a file cut short under a mapping kills the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "common/file_descriptor.h"
#include "common/hash.h"
#include "data/manifest.h"

namespace muster::data {

class DataFile {
 public:
  /// Opens a regular file. Throws Error{corrupt}: missing, a directory, not readable.
  explicit DataFile(const std::filesystem::path& path);

  const std::string& path() const { return path_; }

  /// The size of the file when it was opened; it may change.
  std::int64_t size() const { return size_; }

  /// Reads on from where the last call ended: at most bytes.size(), 0 only at the end of the file.
  /// Throws Error{corrupt}.
  std::size_t read(std::span<std::byte> bytes);

  /// Fills `bytes` from `offset` on. Any thread. Throws Error{corrupt} when the file ends before.
  void read_at(std::int64_t offset, std::span<std::byte> bytes) const;

  /// Of what read() gave so far.
  std::int64_t bytes_read() const { return bytes_read_; }

  /// The file as it was read, with so many samples in it.
  FileEntry entry(std::int64_t records, std::int64_t skipped) const;

 private:
  std::string path_;
  FileDescriptor file_;
  std::int64_t size_ = 0;
  std::int64_t bytes_read_ = 0;
  Xxh3 hash_;
};

}  // namespace muster::data
