#include "data/batch.h"

#include <cstdlib>
#include <new>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

namespace {
constexpr std::size_t kAlignment = 64;
}  // namespace

std::int64_t FieldSpec::elements_per_sample() const {
  std::int64_t elements = 1;
  for (const std::int64_t length : shape) elements *= length;
  return elements;
}

std::size_t FieldSpec::bytes_per_sample() const {
  return static_cast<std::size_t>(elements_per_sample()) * bytes_per_element(dtype);
}

AlignedBuffer::AlignedBuffer(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  // aligned_alloc wants a multiple of the alignment.
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  data_.reset(static_cast<std::byte*>(memory));
}

void AlignedBuffer::Free::operator()(std::byte* pointer) const { std::free(pointer); }

const BatchField& Batch::field(std::string_view name) const {
  std::vector<std::string> names;
  for (const BatchField& field : fields) {
    if (field.spec.name == name) return field;
    names.push_back(field.spec.name);
  }
  throw Error(ErrorCode::invalid, concat("the data have no field '", name, "'"),
              "their fields are " + join(names, ", "));
}

Batch make_batch(std::span<const FieldSpec> fields, std::int64_t samples) {
  Batch batch;
  batch.samples = samples;
  for (const FieldSpec& spec : fields) {
    batch.fields.push_back(
        {.spec = spec,
         .values = AlignedBuffer(static_cast<std::size_t>(samples) * spec.bytes_per_sample())});
  }
  return batch;
}

}  // namespace muster::data
