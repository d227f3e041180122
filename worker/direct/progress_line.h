// A line of metrics as a person reads it where there is no live display:
// "step 120/230  epoch 5.22  loss 0.3125  lr 0.0029  grad_norm 0.71  1,234 samples/s  comm 3%
// data wait 0%  eta 12s".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/wire/messages.h"

namespace muster::worker {

/// Without an end of line. What matters most first; metrics it does not know keep their full names.
/// `seconds_left`: at the speed so far, where that is known.
std::string progress_line(const wire::MetricsLine& line, std::int64_t total_steps,
                          std::optional<double> seconds_left = {});

}  // namespace muster::worker
