#include "coordinator/cli/look/log_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/text.h"

namespace muster::coordinator::cli::look {
namespace {

constexpr std::size_t kLongestLine = 1 << 20;  // A longer one is cut into pieces of this size.

[[noreturn]] void fail(const std::string& path) {
  throw Error(ErrorCode::storage, concat(path, ": cannot read: ", errno_text(errno)));
}

}  // namespace

void LogReader::read(const Take& take) {
  for (const LogFile& file : find_logs(run_, choice_)) read_file(file, positions_[file], take);
}

void LogReader::read_rest(const Take& take) {
  for (auto& [file, position] : positions_) {
    if (!position.line.empty()) take(file, position.line);
    position.line.clear();
  }
}

void LogReader::read_file(const LogFile& file, Position& position, const Take& take) {
  const std::string path = path_of(run_, file).string();
  const FileDescriptor log(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!log.is_open()) fail(path);
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got =
        ::pread(log.get(), piece.data(), piece.size(), static_cast<off_t>(position.read_bytes));
    if (got < 0) fail(path);
    if (got == 0) return;
    position.read_bytes += static_cast<std::size_t>(got);
    std::string_view text(piece.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = text.find('\n')) != std::string_view::npos;) {
      position.line += text.substr(0, end);
      take(file, position.line);
      position.line.clear();
      text.remove_prefix(end + 1);
    }
    position.line += text;
    if (position.line.size() >= kLongestLine) {
      take(file, position.line);
      position.line.clear();
    }
  }
}

}  // namespace muster::coordinator::cli::look
