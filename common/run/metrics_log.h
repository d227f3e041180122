// metrics.jsonl: one line per logged step or evaluation, appended by one process (the coordinator,
// or rank 0 of a direct launch).
//
// The writer (the parent of a run's coordinators too, on behalf of the next one) keeps a lock on
// the file, which the kernel takes back when the process ends, however it does: so anyone, on
// another host of a shared file system too, can see whether the run still has a process that leads
// it. (A process id was rejected: it says nothing on another host, and numbers are used again.)
#pragma once

#include <cstdint>
#include <string>

#include "common/file_descriptor.h"
#include "common/wire/messages.h"

namespace muster::run {

/// {"schema":1,"generation":1,"step":10,"epoch":0.8,"train/loss":0.31,...}; values that are not
/// finite are null.
std::string metrics_json(const wire::MetricsLine& line, std::int64_t generation);

/// Whether a process lives that has `path`, a metrics.jsonl, open for writing.
enum class Writer {
  lives,
  gone,
  unknown,  // There is no such file, or the file system has no locks.
};
Writer writer_of(const std::string& path);

class MetricsLog {
 public:
  /// Opens `path` for appending and locks it (any number of writers can: a coordinator that has
  /// been stopped must not keep out its successor); a torn last line, left by a crash, is cut off.
  /// Throws Error{storage}.
  explicit MetricsLog(const std::string& path);

  /// Writes the line with one write(2): a reader never sees half of it. Throws Error{storage}; the
  /// file then ends with the line before.
  void append(const wire::MetricsLine& line, std::int64_t generation);

 private:
  FileDescriptor file_;
  std::string path_;
};

}  // namespace muster::run
