#include "worker/tensor_batch.h"

#include <ATen/ops/from_blob.h>

#include "common/error.h"
#include "common/text.h"

namespace muster::worker {

TensorBatch::TensorBatch(const data::Batch& batch, at::ScalarType float_type)
    : samples_(batch.samples) {
  for (const data::BatchField& field : batch.fields) {
    std::vector<std::int64_t> shape{batch.samples};
    shape.insert(shape.end(), field.spec.shape.begin(), field.spec.shape.end());
    // from_blob wants a mutable pointer; models do not write to their input.
    auto* values = const_cast<std::byte*>(field.values.data());
    at::Tensor tensor = at::from_blob(values, shape, scalar_type(field.spec.dtype));
    if (tensor.is_floating_point()) tensor = tensor.to(float_type);
    fields_.emplace_back(field.spec.name, std::move(tensor));
  }
}

const at::Tensor& TensorBatch::operator[](std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& [field, tensor] : fields_) {
    if (field == name) return tensor;
    names.push_back(field);
  }
  throw Error(ErrorCode::invalid,
              concat("the data have no field '", name, "'; they have ", join(names, ", ")),
              concat("name the columns of '", name, "' under data.train.fields"));
}

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return at::kFloat;
    case DType::float64:
      return at::kDouble;
    case DType::bfloat16:
      return at::kBFloat16;
    case DType::float16:
      return at::kHalf;
    case DType::int64:
      return at::kLong;
    case DType::int32:
      return at::kInt;
    case DType::uint8:
      return at::kByte;
  }
  MUSTER_ASSERT(false, "unknown element type");
}

DType dtype_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return DType::float32;
    case at::kDouble:
      return DType::float64;
    case at::kBFloat16:
      return DType::bfloat16;
    case at::kHalf:
      return DType::float16;
    case at::kLong:
      return DType::int64;
    case at::kInt:
      return DType::int32;
    case at::kByte:
      return DType::uint8;
    default:
      MUSTER_ASSERT(false, "an element type that is not stored");
  }
}

}  // namespace muster::worker
