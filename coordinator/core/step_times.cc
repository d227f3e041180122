#include "coordinator/core/step_times.h"

#include <algorithm>

namespace muster::coordinator {

void StepTimes::begin(std::int64_t step, Clock::time_point now) {
  step_ = step;
  since_ = now;
}

void StepTimes::completed(std::int64_t step, Clock::time_point now) {
  if (step <= step_) return;
  if (since_) recent_[count_++ % recent_.size()] = (now - *since_) / (step - step_);
  begin(step, now);
}

std::optional<Clock::duration> StepTimes::median() const {
  const std::size_t known = std::min(count_, recent_.size());
  if (known == 0) return std::nullopt;
  auto sorted = recent_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(known / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(known));
  return *middle;
}

}  // namespace muster::coordinator
