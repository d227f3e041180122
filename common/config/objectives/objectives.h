// Every objective there is. The first is the default. How to add one: describe.h.
#pragma once

#include <variant>

#include "common/config/objectives/bce.h"
#include "common/config/objectives/cross_entropy.h"
#include "common/config/objectives/mse.h"

namespace muster::config {

using ObjectiveOptions = std::variant<CrossEntropyOptions, MseOptions, BceOptions>;

}  // namespace muster::config
