// The tiny parent, with children that misbehave. Each test forks: supervise() is for a process of
// its own.

#include "coordinator/launch/parent.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>
#include <vector>

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

// Whoever inherits it ignored is told nothing of the end of a child.
TEST(Parent, EndsWithItsChildWhereSigchldWasIgnored) {
  ::signal(SIGCHLD, SIG_IGN);
  const pid_t parent = ::fork();
  if (parent == 0) ::_exit(supervise([] { return 65; }, {}));
  ::signal(SIGCHLD, SIG_DFL);
  int status = 0;
  ::waitpid(parent, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 65);
}

// The child is in the background of its terminal; `stty tostop` would stop it at its first word.
TEST(Parent, LetsItsChildWriteToATerminalThatStopsTheBackground) {
  const auto ignores = [] {
    struct sigaction action {};
    ::sigaction(SIGTTOU, nullptr, &action);
    return action.sa_handler == SIG_IGN ? 7 : 1;
  };
  EXPECT_EQ(supervised(ignores, just_wait), 7);
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

// --- a line of coordinators
// --------------------------------------------------------------------------------

/// What a test's coordinators have in common, in memory that they share.
struct Diary {
  int coordinators = 0;  // That have started.
  int begun = 0;
  int cleanups = 0;
  int heard = 0;  // A signal.
  pid_t world = 0;
};

class Line : public testing::Test {
 protected:
  Line()
      : diary_(static_cast<Diary*>(::mmap(nullptr, sizeof(Diary), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    *diary_ = Diary{};
  }
  ~Line() override {
    if (diary_->world > 0) ::kill(diary_->world, SIGKILL);
    ::munmap(diary_, sizeof(Diary));
  }

  /// The exit status of the parent; each coordinator is told which one it is, from 1 on. `act` is
  /// called with the parent's process id.
  int run(const std::function<int(int, const Succession&)>& coordinator,
          const std::function<void(pid_t)>& act = just_wait) {
    const pid_t parent = ::fork();
    if (parent == 0) {
      ::_exit(supervise_run(
          [&](const Succession& succession) {
            return coordinator(++diary_->coordinators, succession);
          },
          [&] { ++diary_->cleanups; }));
    }
    act(parent);
    int status = 0;
    ::waitpid(parent, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void begin(const Succession& succession) {
    ++diary_->begun;
    succession.begin();
  }

  /// A process that lives until it is killed.
  void launch_a_world() {
    const pid_t world = ::fork();
    if (world == 0) {
      ::setsid();
      ::prctl(PR_SET_PDEATHSIG, 0);
      std::this_thread::sleep_for(std::chrono::hours(1));
    }
    diary_->world = world;
  }

  bool world_lives() const { return ::kill(diary_->world, 0) == 0; }

  template <class Condition>
  static void wait_until(const Condition& condition) {
    const Deadline deadline = Deadline::after(std::chrono::seconds(20));
    while (!condition() && !deadline.has_passed()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(condition());
  }

  Diary* diary_;
};

TEST_F(Line, EndsWhatItHasStartedWithTheCoordinatorThatHasBegun) {
  const int status = run([&](int, const Succession& succession) {
    EXPECT_FALSE(succession.takes_over());
    begin(succession);
    launch_a_world();
    return 75;
  });
  EXPECT_EQ(status, 75);
  EXPECT_FALSE(world_lives());
  EXPECT_EQ(diary_->cleanups, 1);
}

TEST_F(Line, TouchesNothingWhenTheFirstOneCannotBegin) {
  EXPECT_EQ(run([](int, const Succession&) { return 74; }), 74);
  EXPECT_EQ(diary_->coordinators, 1);
  EXPECT_EQ(diary_->cleanups, 0);
}

// A disk that is full while the coordinator is killed.
TEST_F(Line, TriesAgainWhenASuccessorCannotBeginAndTheWorldLives) {
  const int status = run([&](int number, const Succession& succession) {
    EXPECT_EQ(succession.takes_over(), number > 1);
    if (number == 2 || number == 3) return 74;
    begin(succession);
    if (number == 1) {
      launch_a_world();
      ::raise(SIGKILL);
    }
    return world_lives() ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(diary_->coordinators, 4);
  EXPECT_EQ(diary_->begun, 2);
  EXPECT_EQ(diary_->cleanups, 1);
}

TEST_F(Line, GivesUpAndTouchesNothingWhenNothingLivesAnyMore) {
  const int status = run([&](int number, const Succession& succession) {
    if (number > 1) return 74;
    begin(succession);
    return ::raise(SIGKILL);
  });
  EXPECT_EQ(status, 74);
  EXPECT_EQ(diary_->coordinators, 2);
  EXPECT_EQ(diary_->cleanups, 0);
}

TEST_F(Line, GivesUpAfterFiveCrashesInAMinuteWhenNothingLives) {
  const int status = run([&](int, const Succession& succession) {
    begin(succession);
    return ::raise(SIGKILL);
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  EXPECT_EQ(diary_->coordinators, 6);
  EXPECT_EQ(diary_->cleanups, 0);
}

TEST_F(Line, LeavesTheWorldAloneAfterFiveCrashesInAMinuteUntilSomebodyInterruptsTwice) {
  const int status = run(
      [&](int, const Succession& succession) {
        begin(succession);
        if (diary_->world == 0) launch_a_world();
        return ::raise(SIGKILL);
      },
      [&](pid_t parent) {
        wait_until([&] { return diary_->coordinators >= 6; });
        EXPECT_TRUE(world_lives());
        ::kill(parent, SIGINT);
        wait_until([&] { return diary_->coordinators >= 7; });  // It is the next one's.
        EXPECT_TRUE(world_lives());
        ::kill(parent, SIGINT);
      });
  EXPECT_EQ(status, 128 + SIGINT);
  EXPECT_FALSE(world_lives());
  EXPECT_EQ(diary_->cleanups, 1);
}

TEST_F(Line, HoldsSignalsBackUntilTheCoordinatorHasItsHandlers) {
  const int status = run(
      [&](int, const Succession& succession) {
        wait_until([] {
          sigset_t pending;
          sigpending(&pending);
          return sigismember(&pending, SIGTERM) == 1;
        });
        static Diary* diary;
        diary = diary_;
        ::signal(SIGTERM, [](int signal) { diary->heard = signal; });
        begin(succession);
        return diary_->heard == SIGTERM ? 7 : 1;
      },
      [&](pid_t parent) {
        wait_until([&] { return diary_->coordinators == 1; });
        ::kill(parent, SIGTERM);
      });
  EXPECT_EQ(status, 7);
}

// It is forwarded to a process that is dying, or dead and not yet waited for.
TEST_F(Line, TellsTheSuccessorOfASignalThatTheOneBeforeMayNotHaveSeen) {
  const int status = run(
      [&](int number, const Succession& succession) {
        if (number == 1) {
          EXPECT_TRUE(succession.unheard().empty());
          ++diary_->begun;
          wait_until([] {
            sigset_t pending;
            sigpending(&pending);
            return sigismember(&pending, SIGTERM) == 1;
          });
          return ::raise(SIGKILL);
        }
        return succession.unheard() == std::vector<int>{SIGTERM} ? 7 : 1;
      },
      [&](pid_t parent) {
        wait_until([&] { return diary_->begun == 1; });
        ::kill(parent, SIGTERM);
      });
  EXPECT_EQ(status, 7);
}

}  // namespace
}  // namespace muster::coordinator
