// What a run measures, in both forms: metrics.jsonl for programs and people, event files for
// TensorBoard. Whoever writes one writes the other.
#pragma once

#include <cstdint>

#include "common/run/event_log.h"
#include "common/run/metrics_log.h"
#include "common/run/run_directory.h"
#include "common/wire/messages.h"

namespace muster::run {

class MetricsRecord {
 public:
  /// Throws Error{storage}.
  explicit MetricsRecord(const RunDirectory& run);

  /// Throws Error{storage}; neither file then has half a line.
  void append(const wire::MetricsLine& line, std::int64_t generation);

 private:
  MetricsLog lines_;
  EventLog events_;
};

}  // namespace muster::run
