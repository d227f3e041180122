// What collectives work on: a pointer, a count of elements and their type. Never a tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/dtype.h"

namespace muster::comm {

/// Memory of a caller, who keeps it alive until the Work is complete.
struct Buffer {
  void* data = nullptr;
  std::int64_t count = 0;  // In elements of dtype.
  DType dtype = DType::float32;

  std::size_t bytes() const { return static_cast<std::size_t>(count) * bytes_per_element(dtype); }
};

/// Elements [begin, end) of a buffer.
struct ElementRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  bool operator==(const ElementRange&) const = default;
};

/// An opaque handle to a queue of a device (a cudaStream_t). nullptr on CPUs.
using Stream = void*;

}  // namespace muster::comm
