// New lines of several logs, as they are appended and as new logs appear (a next generation has its
// own).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "common/run/run_directory.h"
#include "coordinator/cli/look/log_files.h"

namespace muster::coordinator::cli::look {

class LogReader {
 public:
  /// A line without its end, and the log that it stands in.
  using Take = std::function<void(const LogFile& file, const std::string& line)>;

  LogReader(run::RunDirectory run, LogChoice choice)
      : run_(std::move(run)), choice_(std::move(choice)) {}

  /// Every whole line that has been written since the last call. Throws Error{storage} when a log
  /// cannot be read.
  void read(const Take& take);

  /// What stands behind the last line end of each log: when nothing will be written any more.
  void read_rest(const Take& take);

  bool has_seen_logs() const { return !positions_.empty(); }

 private:
  struct Position {
    std::size_t read_bytes = 0;
    std::string line;  // Its beginning; the end is not written yet.
  };

  void read_file(const LogFile& file, Position& position, const Take& take);

  run::RunDirectory run_;
  LogChoice choice_;
  std::map<LogFile, Position> positions_;
};

}  // namespace muster::coordinator::cli::look
