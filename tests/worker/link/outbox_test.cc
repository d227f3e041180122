#include "worker/link/outbox.h"

#include <gtest/gtest.h>

#include <vector>

namespace muster::worker {
namespace {

wire::MetricsLine line(std::int64_t step) { return {.step = step, .epoch = 0, .values = {}}; }

wire::CheckpointWritten checkpoint(std::int64_t step) {
  return {.step = step, .path = "", .model_sha256 = ""};
}

/// Steps of all messages, in their order; checkpoints as negative numbers.
std::vector<std::int64_t> steps_in(Outbox& outbox) {
  std::vector<std::int64_t> steps;
  while (const auto message = outbox.take()) {
    const auto* metrics = std::get_if<wire::MetricsLine>(&*message);
    steps.push_back(metrics != nullptr ? metrics->step
                                       : -std::get<wire::CheckpointWritten>(*message).step);
  }
  return steps;
}

TEST(Outbox, GivesMessagesInTheirOrder) {
  Outbox outbox;
  EXPECT_TRUE(outbox.empty());
  outbox.push(line(1));
  outbox.push(checkpoint(1));
  outbox.push(line(2));
  EXPECT_FALSE(outbox.empty());
  EXPECT_EQ(steps_in(outbox), (std::vector<std::int64_t>{1, -1, 2}));
  EXPECT_TRUE(outbox.empty());
}

TEST(Outbox, MessageThatWasNotSentComesFirstAgain) {
  Outbox outbox;
  outbox.push(line(1));
  outbox.push(line(2));
  outbox.put_back(*outbox.take());
  EXPECT_EQ(steps_in(outbox), (std::vector<std::int64_t>{1, 2}));
}

TEST(Outbox, BeyondTheLimitOnlyTheOldestMetricsAreGivenUp) {
  Outbox outbox(3);
  outbox.push(checkpoint(1));
  outbox.push(line(1));
  outbox.push(checkpoint(2));
  for (std::int64_t step = 2; step <= 5; ++step) outbox.push(line(step));
  EXPECT_EQ(outbox.dropped(), 2);
  EXPECT_EQ(steps_in(outbox), (std::vector<std::int64_t>{-1, -2, 3, 4, 5}));
}

TEST(Outbox, RoomIsFreeAgainOnceMetricsWereTaken) {
  Outbox outbox(2);
  outbox.push(line(1));
  outbox.push(line(2));
  EXPECT_TRUE(outbox.take().has_value());
  outbox.push(line(3));
  EXPECT_EQ(outbox.dropped(), 0);
  EXPECT_EQ(steps_in(outbox), (std::vector<std::int64_t>{2, 3}));
}

// It would be the oldest of all, so it is the one to go.
TEST(Outbox, MetricsThatComeBackToAFullOutboxAreGivenUp) {
  Outbox outbox(2);
  outbox.push(line(1));
  const auto taken = outbox.take();
  outbox.push(line(2));
  outbox.push(line(3));
  outbox.put_back(*taken);
  EXPECT_EQ(outbox.dropped(), 1);
  EXPECT_EQ(steps_in(outbox), (std::vector<std::int64_t>{2, 3}));
}

}  // namespace
}  // namespace muster::worker
