#include "coordinator/cli/outlet.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>

#include "common/error.h"
#include "common/text.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::size_t kLargestBacklog = 1 << 20;
// A pipe that poll() calls writable takes PIPE_BUF (4,096) bytes without blocking; a terminal as
// little as 256.
constexpr std::size_t kPieceBytes = 256;

/// While it lives, a write to a pipe without reader fails with EPIPE instead of raising SIGPIPE.
/// Works on this thread alone, unlike ignoring the signal, which child processes would inherit.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~NoBrokenPipeSignal() {
    const timespec no_wait{};
    while (!was_pending_ && sigtimedwait(&signal_, nullptr, &no_wait) == -1 && errno == EINTR) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;

 private:
  sigset_t signal_;
  sigset_t before_;
  bool was_pending_;
};

/// write(2) without SIGPIPE; errno is that of the write.
ssize_t write_some(int file, std::string_view text) {
  ssize_t written = 0;
  int error = 0;
  {
    const NoBrokenPipeSignal guard;
    written = ::write(file, text.data(), text.size());
    error = errno;
  }
  errno = error;
  return written;
}

bool takes_more(int file, int wait_ms) {
  pollfd entry{.fd = file, .events = POLLOUT, .revents = 0};
  return ::poll(&entry, 1, wait_ms) == 1;
}

}  // namespace

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write_some(file, text);
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      takes_more(file, 1000);
    } else if (errno != EINTR) {
      const std::string why =
          concat("cannot write to ", file == STDOUT_FILENO ? "standard output" : "standard error",
                 ": ", errno_text(errno));
      if (errno == EPIPE) throw ReaderGone(ErrorCode::storage, why);
      throw Error(ErrorCode::storage, why);
    }
  }
}

void write_if_possible(int file, std::string_view text) noexcept {
  try {
    write_all(file, text);
  } catch (const Error&) {
    return;
  }
}

void Outlet::write(std::string_view text) {
  if (broken_ || pending_.size() > kLargestBacklog) {
    return;
  }
  pending_ += text;
  flush();
}

bool Outlet::flush() {
  std::size_t done = 0;
  while (done < pending_.size() && takes_more(file_, 0)) {
    const std::size_t piece = std::min(kPieceBytes, pending_.size() - done);
    const ssize_t written = write_some(file_, std::string_view(pending_).substr(done, piece));
    if (written > 0) {
      done += static_cast<std::size_t>(written);
    } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
      broken_ = true;
      done = pending_.size();
    } else {
      break;
    }
  }
  pending_.erase(0, done);
  return pending_.empty();
}

void Outlet::finish(const Deadline& deadline) {
  using std::chrono::milliseconds;
  while (!flush() && !deadline.has_passed()) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline.left());
    takes_more(file_, static_cast<int>(std::min(left, milliseconds(1000)).count()));
  }
}

}  // namespace muster::coordinator::cli
