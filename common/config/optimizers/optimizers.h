// Every optimizer there is. How to add one: describe.h.
#pragma once

#include <variant>

#include "common/config/optimizers/adamw.h"

namespace muster::config {

using OptimizerOptions = std::variant<AdamwOptions>;

}  // namespace muster::config
