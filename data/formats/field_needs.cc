#include "data/formats/field_needs.h"

namespace muster::data {

const config::FieldNeed* find_need(std::span<const config::FieldNeed> needs,
                                   std::string_view name) {
  for (const config::FieldNeed& need : needs) {
    if (need.name == name) return &need;
  }
  return nullptr;
}

DType type_of(std::span<const config::FieldNeed> needs, std::string_view name, DType otherwise) {
  const config::FieldNeed* need = find_need(needs, name);
  if (need == nullptr) return otherwise;
  return need->kind == config::FieldNeed::Kind::integers ? DType::int64 : DType::float32;
}

}  // namespace muster::data
