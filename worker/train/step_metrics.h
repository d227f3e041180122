// From step results to lines of metrics.jsonl.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/wire/messages.h"
#include "worker/train/step.h"

namespace muster::worker {

/// Collects steps until a line is due. Loss, learning rate and norm are those of the last step;
/// rates and shares are of the time spent in steps since the last line, evaluations left out.
class StepMetrics {
 public:
  void add(const StepResult& result);

  /// train/loss, train/lr, train/grad_norm, perf/samples_per_second, perf/comm_share and
  /// perf/data_share (of this rank's time, 0 to 1); train/skipped_steps when there were any. Starts
  /// collecting anew.
  wire::MetricsLine line(std::int64_t steps, double epochs);

 private:
  StepResult last_;
  int skipped_ = 0;
  std::int64_t samples_ = 0;
  double comm_seconds_ = 0;
  double data_seconds_ = 0;
  double step_seconds_ = 0;
};

/// eval/<metric> for every metric.
wire::MetricsLine evaluation_line(std::int64_t steps, double epochs,
                                  const std::map<std::string, double>& metrics);

}  // namespace muster::worker
