// A file read from its beginning to its end; when it is packed with gzip (its first two bytes say
// so, whatever its name is), what comes out is unpacked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "data/formats/data_file.h"

namespace muster::data {

class UnpackedFile {
 public:
  /// Throws Error{corrupt}.
  explicit UnpackedFile(const std::filesystem::path& path);
  ~UnpackedFile();

  /// Fills `bytes`, unless the end comes first; the number of bytes there were. Not more than a
  /// piece of the file is ever in memory. Throws Error{corrupt} when the packed data are damaged or
  /// end too early.
  std::size_t read(std::span<std::byte> bytes);

  bool is_packed() const { return inflater_ != nullptr; }

  /// No more bytes than these can come out of the file.
  std::int64_t bytes_max() const;

  const DataFile& file() const { return file_; }

 private:
  class Inflater;

  std::size_t take(std::span<std::byte> bytes);
  bool refill();

  DataFile file_;
  std::unique_ptr<std::byte[]> piece_;  // Of the file.
  std::span<const std::byte> unread_;   // Part of piece_.
  std::unique_ptr<Inflater> inflater_;  // Null: not packed.
};

}  // namespace muster::data
