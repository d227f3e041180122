// events.out.tfevents.*: the metrics once more, as TensorBoard reads them.
//
// Every writer makes a file of its own and only ever appends whole records to it; TensorBoard reads
// all such files of a folder one after the other. So nothing that a crash leaves is ever written
// over or behind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/file_descriptor.h"
#include "common/wire/messages.h"

namespace muster::run {

class EventLog {
 public:
  /// Makes a new file in `folder`, named after `wall_seconds` (since 1970), host and process.
  /// Throws Error{storage}.
  EventLog(const std::filesystem::path& folder, double wall_seconds);

  /// Writes the values of the line, at its step, with one write(2); before the first of a
  /// generation the mark of a (re)start. Throws Error{storage}; the file then ends with a whole
  /// record.
  void append(const wire::MetricsLine& line, std::int64_t generation, double wall_seconds);

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  FileDescriptor file_;
  std::int64_t generation_ = 0;  // Of the last line; 0: none.
};

}  // namespace muster::run
