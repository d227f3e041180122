// A line of metrics as a person reads it where there is no live display:
// "step 120/230  epoch 5.22  loss 0.3125  lr 0.0029  grad_norm 0.71  1,234 samples/s".
#pragma once

#include <cstdint>
#include <string>

#include "common/wire/messages.h"

namespace muster::worker {

/// Without an end of line. What matters most first; metrics it does not know keep their full names.
std::string progress_line(const wire::MetricsLine& line, std::int64_t total_steps);

}  // namespace muster::worker
