// A batch from values written down in a test.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "worker/tensor_batch.h"

namespace muster::worker {

class MadeBatch {
 public:
  explicit MadeBatch(std::int64_t samples) { batch_.samples = samples; }

  /// `values`: [samples, shape...], row-major.
  MadeBatch& floats(const std::string& name, std::vector<std::int64_t> shape,
                    const std::vector<float>& values) {
    return add({name, DType::float32, std::move(shape)}, values);
  }
  MadeBatch& integers(const std::string& name, std::vector<std::int64_t> shape,
                      const std::vector<std::int64_t>& values) {
    return add({name, DType::int64, std::move(shape)}, values);
  }

  /// Valid as long as this object.
  TensorBatch tensors(at::ScalarType float_type = at::kFloat) const {
    return TensorBatch(batch_, float_type);
  }

 private:
  template <class T>
  MadeBatch& add(data::FieldSpec spec, const std::vector<T>& values) {
    data::AlignedBuffer buffer(values.size() * sizeof(T));
    std::memcpy(buffer.data(), values.data(), values.size() * sizeof(T));
    batch_.fields.push_back({std::move(spec), std::move(buffer)});
    return *this;
  }

  data::Batch batch_;
};

}  // namespace muster::worker
