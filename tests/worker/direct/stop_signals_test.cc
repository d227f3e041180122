// Death tests fork: what a second signal does to a process is seen from outside.
#include "worker/direct/stop_signals.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace muster::worker {
namespace {

constexpr std::array<int, 3> kAll = {SIGINT, SIGTERM, SIGUSR1};

TEST(StopSignals, EachOfThemAsksForAStop) {
  for (const int signal : kAll) {
    const StopSignals signals;
    EXPECT_FALSE(signals.requested()) << signal;
    std::raise(signal);
    EXPECT_TRUE(signals.requested()) << signal;
  }
}

TEST(StopSignals, SecondInterruptOrTerminationEndsTheProcess) {
  for (const int second : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          const StopSignals signals;
          std::raise(SIGINT);
          std::raise(second);
        },
        testing::KilledBySignal(second), "");
  }
}

TEST(StopSignals, AnyNumberOfUserSignalsIsOneRequest) {
  EXPECT_EXIT(
      {
        const StopSignals signals;
        std::raise(SIGUSR1);
        std::raise(SIGUSR1);
        std::raise(SIGTERM);  // The first of its kind: still not the end.
        std::_Exit(signals.requested() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(StopSignals, WhatWasThereBeforeComesBack) {
  struct sigaction ours {};
  ours.sa_handler = SIG_IGN;
  struct sigaction before {};
  sigaction(SIGUSR1, &ours, &before);
  {
    const StopSignals signals;
    std::raise(SIGUSR1);
  }
  struct sigaction after {};
  sigaction(SIGUSR1, &before, &after);
  EXPECT_EQ(after.sa_handler, SIG_IGN);
}

}  // namespace
}  // namespace muster::worker
