#include "common/checkpoint/tensor.h"

#include <array>
#include <limits>
#include <utility>

#include "common/error.h"

namespace muster::checkpoint {
namespace {

constexpr std::array<std::pair<DType, std::string_view>, 7> kNames = {{
    {DType::float32, "F32"},
    {DType::float64, "F64"},
    {DType::bfloat16, "BF16"},
    {DType::float16, "F16"},
    {DType::int64, "I64"},
    {DType::int32, "I32"},
    {DType::uint8, "U8"},
}};

}  // namespace

std::string_view safetensors_name(DType dtype) {
  for (const auto& [known, name] : kNames) {
    if (known == dtype) return name;
  }
  MUSTER_ASSERT(false, "a dtype without a safetensors name");
}

std::optional<DType> dtype_of_safetensors(std::string_view name) {
  for (const auto& [dtype, known] : kNames) {
    if (known == name) return dtype;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> bytes_of_shape(DType dtype, std::span<const std::int64_t> shape) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t bytes = bytes_per_element(dtype);
  for (const std::int64_t length : shape) {
    if (length < 0) return std::nullopt;
    const auto factor = static_cast<std::uint64_t>(length);
    if (factor != 0 && bytes > kMost / factor) return std::nullopt;
    bytes *= factor;
  }
  return bytes;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t length : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(length);
  }
  return text + ']';
}

}  // namespace muster::checkpoint
