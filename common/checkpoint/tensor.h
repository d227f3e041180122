// A tensor as bytes in memory, and the one rule about it: bytes that fit the shape. No library's
// own type, so that the command line can read checkpoints too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/dtype.h"

namespace muster::checkpoint {

/// A tensor in memory that the caller keeps: contiguous, row-major.
struct TensorView {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;  // Empty: a scalar.
  std::span<const std::byte> bytes;
};

/// "F32", ...: what safetensors calls it.
std::string_view safetensors_name(DType dtype);
/// Nothing for a type that this program has no use for.
std::optional<DType> dtype_of_safetensors(std::string_view name);

/// Bytes that a tensor of this shape takes; nothing when a length is negative or they do not fit
/// into 63 bits.
std::optional<std::uint64_t> bytes_of_shape(DType dtype, std::span<const std::int64_t> shape);

/// "[2,3]"
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace muster::checkpoint
