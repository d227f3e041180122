#include "common/run/metrics_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/run/append_whole.h"
#include "common/run/json_file.h"

namespace muster::run {
namespace {

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

/// The bytes of `file` up to and with its last line end. A machine that lost power may leave a torn
/// last line.
off_t size_of_whole_lines(int file, const std::string& path) {
  std::array<char, 4096> piece{};
  off_t end = size_of(file, path);
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(piece.size()));
    const ssize_t got = pread(file, piece.data(), static_cast<std::size_t>(end - begin), begin);
    if (got < 0) fail_with_errno(path, "read");
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
  if (!file_.is_open()) fail_with_errno(path_, "open");
  struct flock lock = whole_file(F_RDLCK);
  fcntl(file_.get(), F_OFD_SETLK, &lock);  // Where there are no locks, writer_of cannot tell.
  const off_t whole = size_of_whole_lines(file_.get(), path_);
  if (whole == size_of(file_.get(), path_)) return;
  if (ftruncate(file_.get(), whole) != 0) fail_with_errno(path_, "cut off a torn last line");
}

void MetricsLog::append(const wire::MetricsLine& line, std::int64_t generation) {
  append_whole(file_.get(), path_, metrics_json(line, generation) + "\n");
}

Writer writer_of(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = whole_file(F_WRLCK);  // Conflicts with every reader's lock; asked for only.
  if (!file.is_open() || fcntl(file.get(), F_OFD_GETLK, &lock) != 0) return Writer::unknown;
  return lock.l_type == F_UNLCK ? Writer::gone : Writer::lives;
}

}  // namespace muster::run
