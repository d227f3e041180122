// Reads a safetensors file (format: safetensors_writer.h), also one that others wrote. Strict:
// whatever does not fit together is refused before a tensor is read.
//
// With pread(2), not mmap(2): a file that is cut while it is read gives an error, not a signal.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/checkpoint/safetensors_header.h"
#include "common/file_descriptor.h"

namespace muster::checkpoint {

/// Whole elements of a tensor.
struct TensorPiece {
  const TensorEntry& tensor;
  std::uint64_t begin = 0;  // First byte, counted from the tensor's first.
  std::span<const std::byte> bytes;
};

class SafetensorsFile {
 public:
  /// Opens the file and reads its header. Throws Error{corrupt}, naming file and tensor, or
  /// Error{storage} when a file that may be good cannot be read; so do all that read.
  explicit SafetensorsFile(std::filesystem::path path);

  const std::filesystem::path& path() const { return path_; }

  /// Of the whole file, when it was opened.
  std::uint64_t bytes() const { return data_start_ + data_bytes_; }

  /// In the order of their bytes.
  const std::vector<TensorEntry>& tensors() const { return tensors_; }

  /// nullptr when there is none of that name.
  const TensorEntry* find(std::string_view name) const;

  /// Throws Error{corrupt} when there is none of that name.
  const TensorEntry& at(std::string_view name) const;

  /// The bytes of an entry of this file into `out`, which has exactly its size. Blocks. Any thread,
  /// several at a time. Throws Error{corrupt}.
  void read(const TensorEntry& entry, std::span<std::byte> out) const;

  /// Reads all tensors, once: tensors()[i] into places[i], which has exactly its size. Returns the
  /// XXH3-128 of the whole file, so that it is known then whether they are what was written.
  /// `progressed` (may be empty) is called after every piece. Blocks. Throws Error{corrupt}.
  std::string read_all(std::span<const std::span<std::byte>> places,
                       const std::function<void()>& progressed) const;

  /// Reads the whole file once and gives the tensors to `take` (may be empty) in the order of their
  /// bytes, in pieces of 256 KiB at most. Returns the SHA-256 of the file: only then it is known
  /// which file was taken. `progressed` (may be empty) is called after every piece. Blocks. Throws
  /// Error{corrupt}, and what `take` throws.
  std::string read_in_pieces(const std::function<void(const TensorPiece&)>& take,
                             const std::function<void()>& progressed) const;

 private:
  void read_at(std::uint64_t offset, std::span<std::byte> out) const;

  std::filesystem::path path_;
  FileDescriptor file_;
  std::string head_;              // The file's first bytes, as they were read: length and header.
  std::uint64_t data_start_ = 0;  // Of the file: where the header ends.
  std::uint64_t data_bytes_ = 0;
  std::vector<TensorEntry> tensors_;
  std::vector<const TensorEntry*> by_name_;  // Sorted; of tensors_.
};

}  // namespace muster::checkpoint
