#include "common/run/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "common/error.h"
#include "common/hash.h"
#include "common/run/append_whole.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

constexpr int kDeepestLine = 64;
constexpr std::string_view kChecksumKey = "\"xxh3\":\"";
constexpr std::size_t kChecksumDigits = 32;
/// ,"xxh3":"<32 digits>"}
constexpr std::size_t kTailBytes = 1 + kChecksumKey.size() + kChecksumDigits + 2;

std::string checksum(std::string_view text) {
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

std::optional<nlohmann::json> parse_line(std::string_view line) {
  if (line.size() < kTailBytes) return std::nullopt;
  const std::string body = concat(line.substr(0, line.size() - kTailBytes), "}");
  const std::string tail = concat(",", kChecksumKey, checksum(body), "\"}");
  if (line.substr(line.size() - kTailBytes) != tail) return std::nullopt;
  return wire::parse_json(body, kDeepestLine, ErrorCode::corrupt);
}

}  // namespace

Journal::Journal(std::string path)
    : path_(std::move(path)), file_(open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {
  if (!file_.is_open()) fail_with_errno(path_, "open");
  kept_bytes_ = size_of(file_.get(), path_);
}

void Journal::append(std::string_view lines) {
  if (has_failed_ && ftruncate(file_.get(), kept_bytes_) != 0) {
    fail_with_errno(path_, "cut off what was not written whole");
  }
  has_failed_ = true;
  append_whole(file_.get(), path_, lines);
  if (fdatasync(file_.get()) != 0) fail_with_errno(path_, "sync");
  kept_bytes_ += static_cast<off_t>(lines.size());
  has_failed_ = false;
}

void read_journal(const std::string& path, const std::function<void(nlohmann::json line)>& take) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_with_errno(path, "open");
  std::string text;
  // A last line without a line end sets eof.
  while (std::getline(file, text) && !file.eof()) {
    std::optional<nlohmann::json> line = parse_line(text);
    if (!line) return;
    take(std::move(*line));
  }
  if (file.bad()) fail_with_errno(path, "read");
}

std::vector<nlohmann::json> read_journal(const std::string& path) {
  std::vector<nlohmann::json> lines;
  read_journal(path, [&](nlohmann::json line) { lines.push_back(std::move(line)); });
  return lines;
}

std::string journal_line(const nlohmann::json& line) {
  MUSTER_ASSERT(line.is_object() && !line.empty(), "a journal line is an object with members");
  const std::string body = wire::json_text(line);
  return concat(std::string_view(body).substr(0, body.size() - 1), ",", kChecksumKey,
                checksum(body), "\"}");
}

}  // namespace muster::run
