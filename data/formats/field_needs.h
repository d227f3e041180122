// What is read of a field, looked up where a format makes that field.
#pragma once

#include <span>
#include <string_view>

#include "common/config/field_need.h"
#include "common/dtype.h"

namespace muster::data {

/// The need of that name; null when nothing is known about it.
const config::FieldNeed* find_need(std::span<const config::FieldNeed> needs, std::string_view name);

/// The type in which a field is read: int64 or float32, `otherwise` when nothing is known.
DType type_of(std::span<const config::FieldNeed> needs, std::string_view name, DType otherwise);

}  // namespace muster::data
