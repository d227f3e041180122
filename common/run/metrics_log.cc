#include "common/run/metrics_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/run/json_file.h"
#include "common/text.h"

namespace muster::run {
namespace {

[[noreturn]] void fail(const std::string& path, std::string_view what) {
  const int error_number = errno;
  throw Error(ErrorCode::storage, concat(path, ": cannot ", what, ": ", errno_text(error_number)));
}

off_t size_of(int file, const std::string& path) {
  struct stat status {};
  if (fstat(file, &status) != 0) fail(path, "look at");
  return status.st_size;
}

/// The bytes of `file` up to and with its last line end. A machine that lost power may leave a torn
/// last line.
off_t size_of_whole_lines(int file, const std::string& path) {
  std::array<char, 4096> piece{};
  off_t end = size_of(file, path);
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(piece.size()));
    const ssize_t got = pread(file, piece.data(), static_cast<std::size_t>(end - begin), begin);
    if (got < 0) fail(path, "read");
    const std::string_view text(piece.data(), static_cast<std::size_t>(got));
    const std::size_t line_end = text.rfind('\n');
    if (line_end != std::string_view::npos) return begin + static_cast<off_t>(line_end) + 1;
    end = begin;
  }
  return 0;
}

}  // namespace

std::string metrics_json(const wire::MetricsLine& line, std::int64_t generation) {
  nlohmann::ordered_json json;  // Keeps the order of the keys, for people.
  json["schema"] = kSchema;
  json["generation"] = generation;
  json["step"] = line.step;
  json["epoch"] = line.epoch;
  for (const auto& [name, value] : line.values) json[name] = value;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

MetricsLog::MetricsLog(const std::string& path)
    : file_(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)), path_(path) {
  if (!file_.is_open()) fail(path_, "open");
  const off_t whole = size_of_whole_lines(file_.get(), path_);
  if (whole == size_of(file_.get(), path_)) return;
  if (ftruncate(file_.get(), whole) != 0) fail(path_, "cut off a torn last line");
}

void MetricsLog::append(const wire::MetricsLine& line, std::int64_t generation) {
  const std::string text = metrics_json(line, generation) + "\n";
  const off_t size_before = size_of(file_.get(), path_);
  const ssize_t written = write(file_.get(), text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return;
  if (written >= 0) errno = ENOSPC;  // What a short write to a file means.
  const int error_number = errno;
  if (ftruncate(file_.get(), size_before) != 0) fail(path_, "take back half a line");
  errno = error_number;
  fail(path_, "write");
}

}  // namespace muster::run
