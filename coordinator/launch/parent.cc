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

/// Forwards signals until the coordinator has ended; reaps orphans meanwhile.
int wait_for(pid_t child, SignalSet& signals) {
  for (;;) {
    const int signal = signals.wait(std::chrono::seconds(1));
    if (signal != 0 && signal != SIGCHLD) ::kill(child, signal);
    int status = 0;
    for (pid_t ended; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != child) continue;
      return WIFSIGNALED(status) ? exit_code::kSignal + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
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

int supervise(const std::function<int()>& coordinator, const std::function<void()>& cleanup) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  SignalSet signals;
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw Error(ErrorCode::unavailable, "cannot fork: " + errno_text(errno));
  if (child == 0) {
    signals.restore();
    be_coordinator(coordinator, self);
  }
  ::setpgid(child, child);  // Here as well: whoever comes first.
  const int status = wait_for(child, signals);
  end_descendants(signals);
  if (cleanup) cleanup();
  return status;
}

}  // namespace muster::coordinator
