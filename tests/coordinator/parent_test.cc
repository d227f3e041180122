// The tiny parent, with children that misbehave. Each test forks: supervise() is for a process of
// its own.

#include "coordinator/launch/parent.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "common/deadline.h"

namespace muster::coordinator {
namespace {

/// supervise() in a process of its own; `act` is called with its number while it runs.
int supervised(const std::function<int()>& coordinator, const std::function<void(pid_t)>& act,
               const std::function<void()>& cleanup = {}) {
  const pid_t parent = ::fork();
  if (parent == 0) ::_exit(supervise(coordinator, cleanup));
  act(parent);
  int status = 0;
  ::waitpid(parent, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void just_wait(pid_t) {}

/// A pipe; its reader sees the end when the last process that holds the other side has ended.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2];
};

TEST(Parent, ReturnsWhatTheCoordinatorReturns) {
  EXPECT_EQ(supervised([] { return 65; }, just_wait), 65);
}

TEST(Parent, ReturnsTheSignalThatEndedTheCoordinator) {
  EXPECT_EQ(supervised([] { return ::raise(SIGKILL); }, just_wait), 128 + SIGKILL);
}

TEST(Parent, CallsTheCleanupAfterACrash) {
  const Pipe pipe;
  supervised([] { return ::raise(SIGKILL); }, just_wait,
             [&] { EXPECT_EQ(::write(pipe.ends[1], "c", 1), 1); });
  char byte = 0;
  EXPECT_EQ(::read(pipe.ends[0], &byte, 1), 1);
}

TEST(Parent, ForwardsSignals) {
  const Pipe pipe;
  const int status = supervised(
      [&] {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
        EXPECT_EQ(::write(pipe.ends[1], "r", 1), 1);
        const timespec patience{.tv_sec = 10, .tv_nsec = 0};
        return ::sigtimedwait(&set, nullptr, &patience) == SIGINT ? 7 : 1;
      },
      [&](pid_t parent) {
        char byte = 0;
        EXPECT_EQ(::read(pipe.ends[0], &byte, 1), 1);
        ::kill(parent, SIGINT);
      });
  EXPECT_EQ(status, 7);
}

// Grandchildren in sessions of their own that ignore everything but SIGKILL.
TEST(Parent, EndsEveryDescendantHoweverFarItHasGone) {
  Pipe pipe;
  const auto before = Clock::now();
  const int status = supervised(
      [&] {
        for (int i = 0; i < 5; ++i) {
          if (::fork() != 0) continue;
          ::setsid();
          ::prctl(PR_SET_PDEATHSIG, 0);
          ::signal(SIGTERM, SIG_IGN);
          if (::fork() != 0 && i % 2 == 0) ::_exit(0);
          std::this_thread::sleep_for(std::chrono::hours(1));
        }
        return 3;
      },
      just_wait);
  EXPECT_EQ(status, 3);
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(4));
  ::close(pipe.ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(pipe.ends[0], &byte, 1), 0);  // Nobody holds the pipe any more.
  pipe.ends[1] = ::dup(pipe.ends[0]);
}

}  // namespace
}  // namespace muster::coordinator
