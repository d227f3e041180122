// What objectives on numbers (not classes) read: a target for each value of the model's output.
#pragma once

#include <optional>
#include <vector>

#include "common/config/field_need.h"

namespace muster::config {

/// Field `label`: [positions..., width], without the width when that is 1.
std::vector<FieldNeed> float_targets(const ModelOutput& output,
                                     std::optional<ValueRange> range = std::nullopt);

}  // namespace muster::config
