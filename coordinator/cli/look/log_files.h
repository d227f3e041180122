// The logs of a run: which file belongs to what.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/run/run_directory.h"

namespace muster::coordinator::cli::look {

/// In the order in which logs are shown: of each generation the launcher, then its workers.
struct LogFile {
  enum class Kind { coordinator, launcher, worker };

  std::int64_t generation = 0;  // 0 for the coordinator.
  Kind kind = Kind::coordinator;
  int rank = 0;      // Of a worker.
  std::string name;  // "worker-0.1": the file's, without its ending.

  auto operator<=>(const LogFile&) const = default;
};

/// Which of them; everything when nothing is set.
struct LogChoice {
  std::optional<LogFile::Kind> kind;
  std::optional<int> rank;  // With kind worker.

  bool takes(const LogFile& file) const;
};

/// What the file `name` in log/ is; nothing when it is no log. Pure.
std::optional<LogFile> parse_log_name(const std::string& name);

/// The logs that are there now and chosen, in order.
std::vector<LogFile> find_logs(const run::RunDirectory& run, const LogChoice& choice);

/// Where it is.
std::filesystem::path path_of(const run::RunDirectory& run, const LogFile& file);

}  // namespace muster::coordinator::cli::look
