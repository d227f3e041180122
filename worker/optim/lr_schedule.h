// The learning rate of a step: a pure function of the step number, in double, so that it never
// depends on how often a training was resumed. The formulas are in the headers of the schedules'
// options.
#pragma once

#include <cstdint>

#include "common/config/lr_schedulers/lr_schedulers.h"
#include "common/units.h"

namespace muster::worker {

class LrSchedule {
 public:
  LrSchedule(const config::LrSchedulerOptions& options, double peak, std::int64_t total_steps,
             const StepScale& scale);

  /// Of step `step`, counted from 0: peak * (step + 1) / warmup during warmup, then the schedule's
  /// own factor.
  double at(std::int64_t step) const;

 private:
  config::LrSchedulerOptions options_;
  double peak_;
  std::int64_t total_steps_;
  StepScale scale_;
  std::int64_t warmup_steps_;
};

}  // namespace muster::worker
