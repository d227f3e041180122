// Every optimizer there is. How to add one: describe.h.
#pragma once

#include <variant>

#include "common/config/optimizers/adamw.h"
#include "common/config/optimizers/sgd.h"

namespace muster::config {

using OptimizerOptions = std::variant<AdamwOptions, SgdOptions>;

}  // namespace muster::config
