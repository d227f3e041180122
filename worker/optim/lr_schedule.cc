#include "worker/optim/lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <variant>

namespace muster::worker {
namespace {

/// A step after the warmup.
struct Moment {
  std::int64_t step = 0;  // Of the whole training, from 0.
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 0;
  StepScale scale;

  /// The share of the steps after the warmup that are done, in [0, 1).
  double progress() const {
    return static_cast<double>(step - warmup_steps) /
           static_cast<double>(total_steps - warmup_steps);
  }
  std::int64_t steps_of(const Span& span) const { return to_steps(span, scale, total_steps); }
};

// Factor of the peak.
double factor(const config::ConstantOptions&, const Moment&) { return 1; }

double factor(const config::CosineOptions& options, const Moment& now) {
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * now.progress()));
  return options.final_ratio + (1 - options.final_ratio) * cosine;
}

double factor(const config::LinearOptions& options, const Moment& now) {
  return 1 - (1 - options.final_ratio) * now.progress();
}

double factor(const config::StepOptions& options, const Moment& now) {
  std::int64_t times = 0;
  if (options.interval) {
    // A share of a short training may round to no step at all.
    times = now.step / std::max<std::int64_t>(now.steps_of(*options.interval), 1);
  } else {
    times = std::count_if(options.milestones.begin(), options.milestones.end(),
                          [&](const Span& over) { return now.steps_of(over) <= now.step; });
  }
  return std::pow(options.factor, static_cast<double>(times));
}

}  // namespace

LrSchedule::LrSchedule(const config::LrSchedulerOptions& options, double peak,
                       std::int64_t total_steps, const StepScale& scale)
    : options_(options),
      peak_(peak),
      total_steps_(total_steps),
      scale_(scale),
      warmup_steps_(std::visit(
          [&](const auto& chosen) { return to_steps(chosen.warmup, scale, total_steps); },
          options)) {}

double LrSchedule::at(std::int64_t step) const {
  if (step < warmup_steps_) {
    return peak_ * static_cast<double>(step + 1) / static_cast<double>(warmup_steps_);
  }
  const Moment now{step, warmup_steps_, total_steps_, scale_};
  return peak_ * std::visit([&](const auto& chosen) { return factor(chosen, now); }, options_);
}

}  // namespace muster::worker
