// Every learning-rate schedule there is. The first is the default. How to add one:
// describe.h.
#pragma once

#include <variant>

#include "common/config/lr_schedulers/constant.h"
#include "common/config/lr_schedulers/cosine.h"
#include "common/config/lr_schedulers/linear.h"
#include "common/config/lr_schedulers/step.h"

namespace muster::config {

using LrSchedulerOptions = std::variant<ConstantOptions, CosineOptions, LinearOptions, StepOptions>;

}  // namespace muster::config
