#include "worker/train/step_metrics.h"

namespace muster::worker {

void StepMetrics::add(const StepResult& result) {
  last_ = result;
  if (result.skipped) ++skipped_;
  samples_ += result.samples;
  step_seconds_ += result.seconds;
  comm_seconds_ += result.comm_seconds;
  data_seconds_ += result.data_seconds;
}

wire::MetricsLine StepMetrics::line(std::int64_t steps, double epochs) {
  wire::MetricsLine line{
      steps,
      epochs,
      {{"train/loss", last_.loss},
       {"train/lr", last_.lr},
       {"train/grad_norm", last_.grad_norm},
       {"perf/samples_per_second", static_cast<double>(samples_) / step_seconds_},
       {"perf/comm_share", comm_seconds_ / step_seconds_},
       {"perf/data_share", data_seconds_ / step_seconds_}}};
  if (skipped_ > 0) line.values["train/skipped_steps"] = skipped_;
  samples_ = 0;
  skipped_ = 0;
  step_seconds_ = comm_seconds_ = data_seconds_ = 0;
  return line;
}

wire::MetricsLine evaluation_line(std::int64_t steps, double epochs,
                                  const std::map<std::string, double>& metrics) {
  wire::MetricsLine line{steps, epochs, {}};
  for (const auto& [name, value] : metrics) line.values["eval/" + name] = value;
  return line;
}

}  // namespace muster::worker
