// A file in the idx format of MNIST, perhaps packed with gzip: an array of any number of
// dimensions.
//
//   bytes 0, 1   0
//   byte 2       type of the elements (IdxType)
//   byte 3       number of dimensions
//   4 each       their sizes, the first is the number of records
//   the rest     the elements, row-major; all numbers are big-endian
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "data/manifest.h"

namespace muster::data {

enum class IdxType : std::uint8_t {
  uint8 = 0x08,
  int8 = 0x09,
  int16 = 0x0b,
  int32 = 0x0c,
  float32 = 0x0d,
  float64 = 0x0e,
};

std::string_view to_string(IdxType type);
std::size_t bytes_per_element(IdxType type);
bool is_integer(IdxType type);

struct IdxArray {
  IdxType type = IdxType::uint8;
  std::vector<std::int64_t> shape;  // [records, ...]
  std::vector<std::byte> values;    // As in the file: big-endian.
  FileEntry file;                   // `records` and `skipped` are not decided yet.

  std::int64_t records() const { return shape.front(); }
  std::vector<std::int64_t> record_shape() const { return {shape.begin() + 1, shape.end()}; }
  std::size_t elements_per_record() const;

  /// The elements of record `index`, each multiplied by `scale` in double and rounded once.
  void copy_to(std::int64_t index, double scale, std::span<float> to) const;
  /// Of an integer type.
  void copy_to(std::int64_t index, std::span<std::int64_t> to) const;
  void copy_to(std::int64_t index, std::span<double> to) const;
};

/// Reads the whole file; at least one record. Throws Error{corrupt}: not an idx file, shorter or
/// longer than its header says (with both sizes), damaged gzip data. Packed data are unpacked no
/// further than the header says.
IdxArray read_idx(const std::filesystem::path& path);

}  // namespace muster::data
