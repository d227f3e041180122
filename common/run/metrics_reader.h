// The end of a metrics.jsonl, for those who look at a run: found from the end of the file, which
// may be large and is being written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/wire/messages.h"

namespace muster::run {

/// Lines as they were measured; values that are null in the file are NaN.
struct LastMetrics {
  std::optional<wire::MetricsLine> training;    // The last with train/*.
  std::optional<wire::MetricsLine> evaluation;  // The last with eval/*.
  std::int64_t generation = 0;                  // Of the very last line; 0 without lines.
};

/// A line of the file; nothing when it is not one.
std::optional<wire::MetricsLine> parse_metrics(std::string_view line, std::int64_t& generation);

/// Looks through the last 4 MiB of the file at most; a last line without an end is left out.
/// Without a file everything is empty. Throws Error{storage} when it cannot be read.
LastMetrics read_last_metrics(const std::string& path);

}  // namespace muster::run
