#include "coordinator/launch/parent.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <exception>
#include <iostream>
#include <string_view>

#include "common/deadline.h"
#include "common/error.h"

namespace muster::coordinator {
namespace {

constexpr std::array kForwarded = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
constexpr auto kReapPatience = std::chrono::seconds(5);

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// The signals that this process waits for instead of being interrupted by them.
class SignalSet {
 public:
  SignalSet() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGCHLD);
    for (const int signal : kForwarded) {
      if (!is_ignored(signal)) sigaddset(&set_, signal);
    }
    ::sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ~SignalSet() { restore(); }
  SignalSet(const SignalSet&) = delete;
  SignalSet& operator=(const SignalSet&) = delete;

  void restore() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// The next one; 0 when none came in time.
  int wait(Clock::duration patience) {
    const auto nanoseconds = std::chrono::nanoseconds(patience).count();
    const timespec time{.tv_sec = nanoseconds / 1'000'000'000,
                        .tv_nsec = nanoseconds % 1'000'000'000};
    const int signal = ::sigtimedwait(&set_, nullptr, &time);
    return signal > 0 ? signal : 0;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

[[noreturn]] void be_coordinator(const std::function<int()>& coordinator, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(exit_code::kSignal + SIGTERM);
  int status = exit_code::kSoftware;
  try {
    status = coordinator();
  } catch (const Error& error) {
    std::cerr << "error: " << error.what() << '\n';
    status = exit_status(error.code());
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
  }
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  ::_exit(status);
}

/// How a coordinator ended.
struct CoordinatorEnd {
  int status = 0;        // Its exit status, or 128 + the signal.
  bool crashed = false;  // By a signal that nobody forwarded to it.
};

/// Forwards signals until the coordinator has ended; reaps orphans meanwhile.
CoordinatorEnd wait_for(pid_t child, SignalSet& signals) {
  sigset_t forwarded;
  sigemptyset(&forwarded);
  for (;;) {
    const int signal = signals.wait(std::chrono::seconds(1));
    if (signal != 0 && signal != SIGCHLD) {
      ::kill(child, signal);
      sigaddset(&forwarded, signal);
    }
    int status = 0;
    for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != child) continue;
      if (!WIFSIGNALED(status)) return {.status = WEXITSTATUS(status)};
      return {.status = exit_code::kSignal + WTERMSIG(status),
              .crashed = sigismember(&forwarded, WTERMSIG(status)) == 0};
    }
  }
}

/// Five within a minute are too many.
class Crashes {
 public:
  bool are_too_many(Clock::time_point now) {
    Clock::time_point& oldest = times_[count_++ % times_.size()];
    const bool too_many = count_ > times_.size() && now - oldest < std::chrono::minutes(1);
    oldest = now;
    return too_many;
  }

 private:
  std::array<Clock::time_point, 5> times_{};  // A ring.
  std::size_t count_ = 0;
};

pid_t start(const std::function<int()>& coordinator, SignalSet& signals) {
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    signals.restore();
    be_coordinator(coordinator, self);
  }
  if (child > 0) ::setpgid(child, child);  // Here as well: whoever comes first.
  return child;
}

/// SIGKILL to every child, from the list that the kernel keeps. No memory is allocated.
void kill_children() {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/children", ::getpid());
  const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  std::array<char, 4096> buffer{};
  const ssize_t count = ::read(file, buffer.data(), buffer.size());
  ::close(file);
  const char* at = buffer.data();
  // A number that the buffer cuts is left for the next call.
  const char* const end =
      at + std::string_view(at, count > 0 ? static_cast<std::size_t>(count) : 0).find_last_of(' ') +
      1;
  while (at < end) {
    pid_t child = 0;
    const auto parsed = std::from_chars(at, end, child);
    if (parsed.ec != std::errc{}) return;
    ::kill(child, SIGKILL);
    at = parsed.ptr + 1;
  }
}

/// Every descendant becomes a child here when its parent dies, so killing and reaping children
/// until there are none ends them all, however deep.
void end_descendants(SignalSet& signals) {
  const Deadline deadline = Deadline::after(kReapPatience);
  for (;;) {
    pid_t ended;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (ended < 0 && errno == ECHILD) return;
    if (deadline.has_passed()) return;
    kill_children();
    signals.wait(std::chrono::milliseconds(10));
  }
}

}  // namespace

int supervise(const std::function<int()>& coordinator, const std::function<void()>& cleanup,
              const std::function<int()>& successor) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  SignalSet signals;
  pid_t child = start(coordinator, signals);
  if (child < 0) throw Error(ErrorCode::unavailable, "cannot fork: " + errno_text(errno));
  Crashes crashes;
  CoordinatorEnd end = wait_for(child, signals);
  while (successor && end.crashed && !crashes.are_too_many(Clock::now())) {
    child = start(successor, signals);
    if (child < 0) break;
    end = wait_for(child, signals);
  }
  if (end.status == kGaveWay) return exit_code::kSoftware;
  end_descendants(signals);
  if (cleanup) cleanup();
  return end.status;
}

}  // namespace muster::coordinator
