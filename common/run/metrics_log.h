// metrics.jsonl: one line per logged step or evaluation, appended by one process (the coordinator,
// or rank 0 of a direct launch).
#pragma once

#include <cstdint>
#include <string>

#include "common/file_descriptor.h"
#include "common/wire/messages.h"

namespace muster::run {

/// {"schema":1,"generation":1,"step":10,"epoch":0.8,"train/loss":0.31,...}; values that are not
/// finite are null.
std::string metrics_json(const wire::MetricsLine& line, std::int64_t generation);

class MetricsLog {
 public:
  /// Opens `path` for appending; a torn last line, left by a crash, is cut off. Throws
  /// Error{storage}.
  explicit MetricsLog(const std::string& path);

  /// Writes the line with one write(2): a reader never sees half of it. Throws Error{storage}; the
  /// file then ends with the line before.
  void append(const wire::MetricsLine& line, std::int64_t generation);

 private:
  FileDescriptor file_;
  std::string path_;
};

}  // namespace muster::run
