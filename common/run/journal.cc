#include "common/run/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

constexpr int kDeepestLine = 64;
constexpr std::string_view kChecksumKey = "\"xxh3\":\"";
constexpr std::size_t kChecksumDigits = 32;
/// ,"xxh3":"<32 digits>"}
constexpr std::size_t kTailBytes = 1 + kChecksumKey.size() + kChecksumDigits + 2;

/// How long the destructor waits for the disk.
constexpr std::chrono::seconds kLongestEnd{5};

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

void write_and_sync(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Error(ErrorCode::storage, "cannot write: " + errno_text(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fdatasync(file) != 0) throw Error(ErrorCode::storage, "cannot sync: " + errno_text(errno));
}

/// What the two threads share. The writer keeps it alive too: when a disk hangs, it outlives the
/// Journal.
struct Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<nlohmann::json> queue;  // Guarded by mutex, like the two below.
  bool is_ending = false;
  bool has_ended = false;

  std::string path;     // Not changed after the start.
  FileDescriptor file;  // Of the writer alone after the start.
};

void write_lines(const Shared& shared, const std::vector<nlohmann::json>& lines) {
  std::string text;
  for (const nlohmann::json& line : lines) text += journal_line(line) + "\n";
  write_and_sync(shared.file.get(), text);
}

/// The writer's thread. After the first failure it only empties the queue.
void write_until_end(Shared& shared) {
  bool has_failed = false;
  std::unique_lock lock(shared.mutex);
  for (;;) {
    shared.changed.wait(lock, [&] { return shared.is_ending || !shared.queue.empty(); });
    const std::vector<nlohmann::json> lines = std::exchange(shared.queue, {});
    if (lines.empty()) break;
    lock.unlock();
    try {
      if (!has_failed) write_lines(shared, lines);
    } catch (const std::exception& error) {
      has_failed = true;
      log::error(
          concat(shared.path, ": ", error.what(), "; the journal ends here, the run goes on"));
    }
    lock.lock();
  }
  shared.has_ended = true;
  shared.changed.notify_all();
}

}  // namespace

class Journal::Impl {
 public:
  explicit Impl(const std::string& path) : shared_(std::make_shared<Shared>()) {
    shared_->path = path;
    shared_->file = FileDescriptor(open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!shared_->file.is_open()) {
      throw Error(ErrorCode::storage, concat(path, ": cannot open: ", errno_text(errno)));
    }
    writer_ = std::thread([shared = shared_] { write_until_end(*shared); });
  }

  ~Impl() {
    std::unique_lock lock(shared_->mutex);
    shared_->is_ending = true;
    shared_->changed.notify_all();
    const bool ended =
        shared_->changed.wait_for(lock, kLongestEnd, [this] { return shared_->has_ended; });
    lock.unlock();
    if (ended) {
      writer_.join();
    } else {
      log::warning(
          concat(shared_->path, ": the disk does not answer; the journal may lack its end"));
      writer_.detach();
    }
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void append(nlohmann::json line) {
    const std::lock_guard lock(shared_->mutex);
    shared_->queue.push_back(std::move(line));
    shared_->changed.notify_all();
  }

 private:
  std::shared_ptr<Shared> shared_;
  std::thread writer_;
};

Journal::Journal(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
Journal::~Journal() = default;

void Journal::append(nlohmann::json line) { impl_->append(std::move(line)); }

std::vector<nlohmann::json> read_journal(const std::string& path) {
  const std::string contents = read_file(path);
  std::vector<nlohmann::json> lines;
  std::string_view rest = contents;
  for (;;) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return lines;
    std::optional<nlohmann::json> line = parse_line(rest.substr(0, end));
    if (!line) return lines;
    lines.push_back(std::move(*line));
    rest.remove_prefix(end + 1);
  }
}

std::string journal_line(const nlohmann::json& line) {
  MUSTER_ASSERT(line.is_object() && !line.empty(), "a journal line is an object with members");
  const std::string body = wire::json_text(line);
  return concat(std::string_view(body).substr(0, body.size() - 1), ",", kChecksumKey,
                checksum(body), "\"}");
}

}  // namespace muster::run
