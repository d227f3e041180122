// A file of a data set: opened once, read from its beginning to its end while it is hashed (what is
// used is what was hashed, also when somebody changes the file meanwhile), and perhaps read in
// places afterwards. Never mapped: a file cut short under a mapping kills the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "common/file_descriptor.h"
#include "common/hash.h"
#include "data/manifest.h"

namespace muster::data {

/// How a file is known again without reading it. Every modification changes `modified_ns`, unless
/// it is so soon after another that the file system's clock has not moved on.
struct FileStamp {
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;  // Since 1970.
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  bool operator==(const FileStamp&) const = default;
};

class DataFile {
 public:
  /// Opens a regular file. Throws Error{corrupt}: missing, a directory, not readable.
  explicit DataFile(const std::filesystem::path& path);

  const std::string& path() const { return path_; }

  /// Absolute, without "." and "..".
  std::string absolute_path() const;

  /// The size of the file when it was opened; it may change.
  std::int64_t size() const { return stamp_.bytes; }

  /// The file when it was opened.
  const FileStamp& stamp() const { return stamp_; }

  /// The stamp by which all that was read so far can be known again: none when the file was
  /// modified after it was opened or in the last two seconds, which is as coarse as the clocks of
  /// file systems are.
  std::optional<FileStamp> settled_stamp() const;

  /// Reads on from where the last call ended: at most bytes.size(), 0 only at the end of the file.
  /// Throws Error{corrupt}.
  std::size_t read(std::span<std::byte> bytes);

  /// Fills `bytes` from `offset` on. Any thread. Throws Error{corrupt} when the file ends before.
  void read_at(std::int64_t offset, std::span<std::byte> bytes) const;

  /// Of what read() gave so far.
  std::int64_t bytes_read() const { return bytes_read_; }

  /// XXH3-128 of the same, in hexadecimal.
  std::string xxh3() const { return hash_.hex(); }

  /// The file as it was read, with so many samples in it.
  FileEntry entry(std::int64_t records, std::int64_t skipped) const;

 private:
  std::string path_;
  FileDescriptor file_;
  FileStamp stamp_;
  std::int64_t bytes_read_ = 0;
  Xxh3 hash_;
};

}  // namespace muster::data
