// Element types of buffers, shared by data, comm, checkpoints and the worker; no library's own
// type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster {

enum class DType : std::uint8_t { float32, float64, bfloat16, int64, int32, uint8, float16 };

constexpr std::size_t bytes_per_element(DType dtype) {
  switch (dtype) {
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
    case DType::bfloat16:
    case DType::float16:
      return 2;
    case DType::uint8:
      return 1;
  }
  return 0;
}

/// "float32", "int64", ...: as in experiment files.
std::string_view to_string(DType dtype);

/// The type of that name; throws Error{invalid} with the names that exist.
DType dtype_from(std::string_view name);

}  // namespace muster
