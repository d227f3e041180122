#include "worker/train/together.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>

#include "comm/local/local_world.h"
#include "common/error.h"

namespace muster::worker {
namespace {

TEST(Together, AllReturnWhenTheWorkOfEachIsDone) {
  std::atomic<int> done = 0;
  std::array<std::atomic<int>, 4> signs = {};
  comm::run_local_world({.ranks = 4, .ranks_per_node = 2}, [&](comm::Communicator& communicator) {
    const int rank = communicator.rank().index;
    const LongWork work = [&](const std::function<void()>& progressed) {
      progressed();
      ++done;
    };
    work_together(communicator, rank % 2 == 0 ? work : LongWork(), [&] { ++signs.at(rank); });
    EXPECT_EQ(done, 2);
  });
  for (const auto& each : signs) EXPECT_GE(each, 1);
}

// Who waits sees that it gets on, and shows it.
TEST(Together, LongWorkThatGetsOnIsWaitedFor) {
  std::promise<void> enough;
  std::atomic<int> signs_of_waiting = 0;
  comm::run_local_world({.ranks = 2}, [&](comm::Communicator& communicator) {
    const bool works = communicator.rank().index == 0;
    const LongWork work = [&](const std::function<void()>& progressed) {
      auto ended = enough.get_future();
      while (ended.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
        progressed();
      }
    };
    const auto alive = [&] {
      if (!works && ++signs_of_waiting == 2) enough.set_value();
    };
    work_together(communicator, works ? work : LongWork(), alive, std::chrono::milliseconds(1));
  });
  EXPECT_GE(signs_of_waiting, 2);
}

TEST(Together, WhatWorkThrowsIsThrown) {
  const auto fail = [](const std::function<void()>&) { throw Error(ErrorCode::storage, "disk"); };
  try {
    comm::run_local_world({.ranks = 2}, [&](comm::Communicator& communicator) {
      const bool works = communicator.rank().index == 0;
      work_together(communicator, works ? LongWork(fail) : LongWork(), [] {});
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::storage);
  }
}

}  // namespace
}  // namespace muster::worker
