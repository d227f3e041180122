// Writes the safetensors format: 8 bytes little-endian header length, a JSON header, the tensors'
// bytes. Source: https://github.com/huggingface/safetensors (README, "Format").
//
// Written here so that equal tensors give equal bytes: names sorted, compact JSON, no metadata that
// depends on the run (only {"format": "pt"}, which Hugging Face's tools expect), header padded with
// spaces to a multiple of 8, tensors in the order of names without holes. As a stream: the tensors
// go from where they are to where they shall be, without a copy of the file in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "common/checkpoint/tensor.h"

namespace muster::checkpoint {

/// Takes the next bytes of a file; throws when it cannot.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Gives the whole file to `sink`, from its first byte to its last, in pieces of 1 MiB at most
/// (small enough to be in the cache still when they are hashed and then written). Nothing is given
/// before everything was checked: throws Error{invalid} for equal names and for bytes that do not
/// fit the shape.
void write_safetensors(std::vector<TensorView> tensors, const ByteSink& sink);

}  // namespace muster::checkpoint
