// A batch as tensors: the buffers of data::Batch, not copied.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/batch.h"

namespace muster::worker {

class TensorBatch {
 public:
  /// `batch` must outlive this. Floating-point fields become `float_type` (a copy only where that
  /// is another type than the field's).
  TensorBatch(const data::Batch& batch, at::ScalarType float_type);

  std::int64_t samples() const { return samples_; }

  /// [samples, field's shape...]. Throws Error{invalid} naming the fields that exist.
  const at::Tensor& operator[](std::string_view name) const;

 private:
  std::int64_t samples_;
  std::vector<std::pair<std::string, at::Tensor>> fields_;
};

/// The torch type of `dtype`, and back.
at::ScalarType scalar_type(DType dtype);
DType dtype_of(at::ScalarType type);

}  // namespace muster::worker
