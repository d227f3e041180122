// The safetensors format: 8 bytes little-endian header length, a JSON header, the tensors' bytes.
// Source: https://github.com/huggingface/safetensors (README, "Format").
//
// Written here so that equal tensors give equal bytes: names sorted, compact JSON, no metadata that
// depends on the run (only {"format": "pt"}, which Hugging Face's tools expect), header padded with
// spaces to a multiple of 8, tensors in the order of names without holes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/dtype.h"

namespace muster::worker {

/// A tensor in memory that the caller keeps: contiguous, row-major.
struct TensorView {
  std::string name;
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// The whole file. Throws Error{invalid} for equal names or bytes that do not fit the shape.
std::vector<std::byte> encode_safetensors(std::vector<TensorView> tensors);

}  // namespace muster::worker
