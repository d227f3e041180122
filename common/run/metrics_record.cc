#include "common/run/metrics_record.h"

#include <chrono>

namespace muster::run {
namespace {

/// Since 1970: for TensorBoard's axis. Nothing is decided by it.
double wall_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

MetricsRecord::MetricsRecord(const RunDirectory& run)
    : lines_(run.metrics().string()), events_(run.path(), wall_seconds()) {}

void MetricsRecord::append(const wire::MetricsLine& line, std::int64_t generation) {
  lines_.append(line, generation);
  events_.append(line, generation, wall_seconds());
}

}  // namespace muster::run
