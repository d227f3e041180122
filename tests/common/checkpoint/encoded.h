// A safetensors file in memory, for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/checkpoint/safetensors_writer.h"

namespace muster::checkpoint {

inline std::string encoded(std::vector<TensorView> tensors) {
  std::string file;
  write_safetensors(std::move(tensors), [&file](std::span<const std::byte> bytes) {
    file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  return file;
}

inline std::span<const std::byte> bytes_of(const auto& values) {
  return std::as_bytes(std::span(values));
}

}  // namespace muster::checkpoint
