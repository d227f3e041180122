// A batch: a set of named tensors in plain, aligned memory. No torch here; the worker wraps the
// buffers without copying them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/dtype.h"

namespace muster::data {

/// One named tensor of every sample of a data set.
struct FieldSpec {
  std::string name;  // "input", "label", "ids", ...
  DType dtype = DType::float32;
  std::vector<std::int64_t> shape = {};  // Of one sample; empty for a scalar.

  std::int64_t elements_per_sample() const;
  std::size_t bytes_per_sample() const;
  bool operator==(const FieldSpec&) const = default;
};

/// Memory on a 64-byte boundary (some kernels' bits depend on alignment). Not initialised; null
/// when empty. Movable, not copyable.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t bytes);

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  std::size_t size() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* pointer) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  std::size_t bytes_ = 0;
};

/// A field's values for the samples of a batch.
struct BatchField {
  FieldSpec spec;
  AlignedBuffer values;  // [samples, spec.shape...], row-major.
};

/// Some samples, one after the other. May hold none (a lane of a short last batch).
struct Batch {
  std::int64_t samples = 0;
  std::vector<BatchField> fields;  // In the order of Dataset::fields().

  /// The field of that name. Throws Error{invalid}, naming the fields that exist.
  const BatchField& field(std::string_view name) const;
};

/// A batch of `samples` samples with these fields, its values not initialised.
Batch make_batch(std::span<const FieldSpec> fields, std::int64_t samples);

}  // namespace muster::data
