#include "coordinator/launch/parent.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>

#include "common/deadline.h"
#include "common/error.h"
#include "coordinator/launch/descendants.h"

namespace muster::coordinator {
namespace {

constexpr auto kShortestWait = std::chrono::milliseconds(250);
constexpr auto kLongestWait = std::chrono::seconds(30);

int run_to_status(const std::function<int()>& work) {
  try {
    return work();
  } catch (const Error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return exit_status(error.code());
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return exit_code::kSoftware;
  }
}

[[noreturn]] void be_child(const std::function<int()>& work, pid_t parent) {
  ::setpgid(0, 0);
  // In the background of its terminal: under `stty tostop` a first word would stop it.
  ::signal(SIGTTOU, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(exit_code::kSignal + SIGTERM);
  const int status = run_to_status(work);
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  ::_exit(status);
}

/// -1 when there is none to be had.
pid_t start(const std::function<int()>& work) {
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) be_child(work, self);
  if (child > 0) ::setpgid(child, child);  // Here as well: whoever comes first.
  return child;
}

struct ChildEnd {
  int status = 0;  // Its exit status, or 128 + the signal.
  bool by_signal = false;
};

/// Signals that came, whoever saw them.
struct Told {
  Told() { sigemptyset(&signals); }

  void add(int signal) {
    sigaddset(&signals, signal);
    if (signal == SIGINT) ++interrupts;
    is_new = true;
  }

  sigset_t signals;
  int interrupts = 0;
  bool is_new = false;  // One has come since a coordinator was started that knows of them.
};

/// Forwards signals until the child has ended; reaps orphans meanwhile.
ChildEnd wait_for(pid_t child, const SignalSet& signals, Told& told) {
  for (;;) {
    const int signal = signals.wait(std::chrono::seconds(1));
    if (signal != 0 && signal != SIGCHLD) {
      ::kill(child, signal);
      told.add(signal);
    }
    int status = 0;
    pid_t ended;
    while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (ended != child) continue;
      if (!WIFSIGNALED(status)) return {.status = WEXITSTATUS(status)};
      return {.status = exit_code::kSignal + WTERMSIG(status), .by_signal = true};
    }
    // Somebody else has reaped it.
    if (ended < 0 && errno == ECHILD) return {.status = exit_code::kSoftware};
  }
}

Error no_process() { return {ErrorCode::unavailable, "cannot fork: " + errno_text(errno)}; }

/// How soon the next coordinator may come.
class Pace {
 public:
  /// Zero: at once.
  Clock::duration after_crash(Clock::time_point now) {
    failures_ = 0;
    Clock::time_point& oldest = crashes_[count_++ % crashes_.size()];
    const bool too_many = count_ > crashes_.size() && now - oldest < std::chrono::minutes(1);
    oldest = now;
    return too_many ? Clock::duration(kLongestWait) : Clock::duration::zero();
  }

  Clock::duration after_false_start() {
    constexpr int kMostDoublings = 7;
    const Clock::duration wait = kShortestWait * (1 << std::min(failures_++, kMostDoublings));
    return std::min<Clock::duration>(wait, kLongestWait);
  }

 private:
  std::array<Clock::time_point, 5> crashes_{};  // A ring.
  std::size_t count_ = 0;
  int failures_ = 0;  // To begin, since the last crash.
};

/// The coordinators of one run.
class Line {
 public:
  explicit Line(const std::function<int(const Succession&)>& coordinator)
      : coordinator_(coordinator) {
    adopt_orphans();
    if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) throw no_process();
  }
  ~Line() {
    for (const int end : pipe_) ::close(end);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  int supervise(const std::function<void()>& cleanup) {
    for (;;) {
      const ChildEnd end = run_next();
      if (!end.by_signal && end.status == kGaveWay) return exit_code::kSoftware;
      const bool has_begun = read_whether_begun();
      one_has_begun_ = one_has_begun_ || has_begun;
      if (!end.by_signal && has_begun) return clear_up(end.status, cleanup);
      if (!end.by_signal && !one_has_begun_) return end.status;
      const auto wait = end.by_signal ? pace_.after_crash(Clock::now()) : pace_.after_false_start();
      if (wait > Clock::duration::zero()) {
        if (!any_child_lives()) return end.status;
        wait_for_the_next(wait);
      }
      if (told_.interrupts > 1) return clear_up(exit_code::kSignal + SIGINT, cleanup);
    }
  }

 private:
  ChildEnd run_next() {
    told_.is_new = false;
    const pid_t child = start([this] {
      return coordinator_(Succession(signals_, pipe_[1], one_has_begun_, told_.signals));
    });
    if (child < 0 && !one_has_begun_) throw no_process();
    if (child < 0) return {.status = exit_code::kUnreachable};
    return wait_for(child, signals_, told_);
  }

  bool read_whether_begun() const {
    char byte = 0;
    return ::read(pipe_[0], &byte, 1) == 1;
  }

  /// A signal, or the end of the world, does not wait.
  void wait_for_the_next(Clock::duration wait) {
    const Deadline deadline = Deadline::after(wait);
    while (!told_.is_new && !deadline.has_passed() && any_child_lives()) {
      const int signal = signals_.wait(std::min<Clock::duration>(deadline.left(), kAGlance));
      if (signal != 0 && signal != SIGCHLD) told_.add(signal);
    }
  }

  int clear_up(int status, const std::function<void()>& cleanup) const {
    end_descendants(signals_);
    cleanup();
    return status;
  }

  static constexpr auto kAGlance = std::chrono::seconds(1);

  const std::function<int(const Succession&)>& coordinator_;
  const SignalSet signals_;
  std::array<int, 2> pipe_{};
  Told told_;  // To any coordinator, or to be told.
  bool one_has_begun_ = false;
  Pace pace_;
};

}  // namespace

Succession::Succession(const SignalSet& signals, int parent, bool takes_over,
                       const sigset_t& unheard)
    : signals_(signals), parent_(parent), takes_over_(takes_over) {
  for (const int signal : kAskingSignals) {
    if (sigismember(&unheard, signal) == 1) unheard_.push_back(signal);
  }
}

void Succession::begin() const {
  [[maybe_unused]] const auto written = ::write(parent_, "b", 1);
  signals_.restore();
}

int supervise(const std::function<int()>& work, const std::function<void()>& cleanup) {
  adopt_orphans();
  const SignalSet signals;
  const pid_t child = start([&] {
    signals.restore();
    return work();
  });
  if (child < 0) throw no_process();
  Told told;
  const ChildEnd end = wait_for(child, signals, told);
  end_descendants(signals);
  if (cleanup) cleanup();
  return end.status;
}

int supervise_run(const std::function<int(const Succession&)>& coordinator,
                  const std::function<void()>& cleanup) {
  return Line(coordinator).supervise(cleanup);
}

}  // namespace muster::coordinator
