// The JSON header of a safetensors file, read strictly: what it says is checked against the length
// of the file before anybody uses it. The text may be hostile: nothing larger than itself is built
// from it, however it is nested, and two keys of one name are refused, because two readers could
// see two different files in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/dtype.h"

namespace muster::checkpoint {

/// A tensor as the header describes it.
struct TensorEntry {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape = {};  // Empty: a scalar.
  std::uint64_t begin = 0;               // First byte, counted from the end of the header.
  std::uint64_t end = 0;                 // One past its last byte.

  std::uint64_t bytes() const { return end - begin; }
};

/// The tensors in the order of their bytes. They fill `data_bytes`, the bytes behind the header,
/// without holes and overlaps. Throws Error{corrupt}, naming the tensor; the caller adds the file.
std::vector<TensorEntry> parse_safetensors_header(std::string_view text, std::uint64_t data_bytes);

}  // namespace muster::checkpoint
