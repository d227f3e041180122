// Prints a safetensors file with one tensor of each type, for check_safetensors_sample.py.
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "tests/common/checkpoint/encoded.h"

int main() {
  using muster::DType;
  const std::array<float, 6> weight = {0, 1, 2, 3, 4, 5};
  const std::array<double, 2> bias = {1.5, -2.5};
  const std::array<std::uint16_t, 3> half = {0x3f80, 0x4000, 0x4040};  // 1, 2, 3
  const std::array<std::uint8_t, 3> mask = {1, 0, 1};
  const std::array<std::int32_t, 1> small = {-7};
  const std::array<std::int64_t, 1> tracked = {42};
  const auto bytes = [](const auto& values) { return std::as_bytes(std::span(values)); };

  const auto file = muster::checkpoint::encoded({
      {"num_batches_tracked", DType::int64, {}, bytes(tracked)},
      {"conv.weight", DType::float32, {2, 3}, bytes(weight)},
      {"bias", DType::float64, {2}, bytes(bias)},
      {"half", DType::bfloat16, {3}, bytes(half)},
      {"mask", DType::uint8, {3}, bytes(mask)},
      {"name \"with\" \\ and é", DType::int32, {1}, bytes(small)},
      {"empty", DType::float32, {0, 4}, {}},
  });
  return std::fwrite(file.data(), 1, file.size(), stdout) == file.size() ? 0 : 1;
}
