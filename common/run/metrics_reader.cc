#include "common/run/metrics_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/run/append_whole.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

constexpr off_t kPieceBytes = 64 << 10;
constexpr off_t kMostBytes = 4 << 20;
constexpr int kDeepestLine = 4;

bool has_prefix(const wire::MetricsLine& line, std::string_view prefix) {
  return std::any_of(line.values.begin(), line.values.end(),
                     [&](const auto& value) { return value.first.starts_with(prefix); });
}

/// Takes in one line, later ones first. True when nothing more is needed.
bool take(std::string_view text, LastMetrics& metrics) {
  std::int64_t generation = 0;
  if (const auto line = parse_metrics(text, generation)) {
    if (metrics.generation == 0) metrics.generation = generation;
    if (!metrics.training && has_prefix(*line, "train/")) metrics.training = line;
    if (!metrics.evaluation && has_prefix(*line, "eval/")) metrics.evaluation = line;
  }
  return metrics.training && metrics.evaluation;
}

std::string read_piece(int file, const std::string& path, off_t begin, off_t end) {
  std::string piece(static_cast<std::size_t>(end - begin), '\0');
  const ssize_t got = ::pread(file, piece.data(), piece.size(), begin);
  if (got < 0) fail_with_errno(path, "read");
  piece.resize(static_cast<std::size_t>(got));
  return piece;
}

}  // namespace

std::optional<wire::MetricsLine> parse_metrics(std::string_view text, std::int64_t& generation) {
  try {
    const nlohmann::json json = wire::parse_json(text, kDeepestLine, ErrorCode::corrupt);
    const wire::JsonReader read(json, ErrorCode::corrupt);
    wire::MetricsLine line;
    read("step", line.step);
    read("epoch", line.epoch);
    read("generation", generation);
    for (const auto& [name, value] : json.items()) {
      if (name.find('/') == std::string::npos) continue;
      line.values[name] =
          value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
    }
    return line;
  } catch (const Error&) {
    return std::nullopt;
  }
}

LastMetrics read_last_metrics(const std::string& path) {
  LastMetrics metrics;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return metrics;
  if (!file.is_open()) fail_with_errno(path, "open");
  const off_t size = size_of(file.get(), path);
  std::string text;  // Lines that have not been taken in; the first of them may lack its beginning.
  bool ends_whole = false;
  for (off_t end = size; end > 0 && size - end < kMostBytes;) {
    const off_t begin = std::max<off_t>(0, end - kPieceBytes);
    text.insert(0, read_piece(file.get(), path, begin, end));
    end = begin;
    if (!ends_whole) {
      const std::size_t last_end = text.rfind('\n');
      if (last_end == std::string::npos) continue;
      text.resize(last_end);
      ends_whole = true;
    }
    for (std::size_t line_end; (line_end = text.rfind('\n')) != std::string::npos;) {
      if (take(std::string_view(text).substr(line_end + 1), metrics)) return metrics;
      text.resize(line_end);
    }
  }
  if (size <= kMostBytes && ends_whole) take(text, metrics);
  return metrics;
}

}  // namespace muster::run
