#include "worker/optim/lr_schedule.h"

#include <cmath>
#include <numbers>
#include <variant>

namespace muster::worker {
namespace {

// Factor of the peak after warmup; `progress` in [0, 1) is the share of the steps after warmup that
// are done.
double factor(const config::ConstantOptions&, double) { return 1; }

double factor(const config::CosineOptions& options, double progress) {
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * progress));
  return options.final_ratio + (1 - options.final_ratio) * cosine;
}

}  // namespace

LrSchedule::LrSchedule(const config::LrSchedulerOptions& options, double peak,
                       std::int64_t total_steps, const StepScale& scale)
    : options_(options),
      peak_(peak),
      total_steps_(total_steps),
      warmup_steps_(std::visit(
          [&](const auto& chosen) { return to_steps(chosen.warmup, scale, total_steps); },
          options)) {}

double LrSchedule::at(std::int64_t step) const {
  if (step < warmup_steps_) {
    return peak_ * static_cast<double>(step + 1) / static_cast<double>(warmup_steps_);
  }
  const double progress =
      static_cast<double>(step - warmup_steps_) / static_cast<double>(total_steps_ - warmup_steps_);
  return peak_ * std::visit([&](const auto& chosen) { return factor(chosen, progress); }, options_);
}

}  // namespace muster::worker
