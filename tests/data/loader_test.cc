// The loader's promises: order, bounded reading ahead, errors in their place, a prompt end. The
// data set is a fake whose reads the tests can hold up.
#include "data/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

Deadline soon() { return Deadline::after(seconds(20)); }

/// Field "id" of sample i is i. `before_read` is called by every read with the number of reads
/// before it; it may wait or throw.
class NumberedSamples : public Dataset {
 public:
  explicit NumberedSamples(
      std::int64_t size, std::function<void(int)> before_read = [](int) {})
      : size_(size), before_read_(std::move(before_read)) {}

  std::int64_t size() const override { return size_; }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  const Manifest& manifest() const override { return manifest_; }

  Batch read(std::span<const std::int64_t> indices) const override {
    before_read_(reads_++);  // By the loader's thread alone.
    Batch batch;
    batch.samples = static_cast<std::int64_t>(indices.size());
    AlignedBuffer values(indices.size_bytes());
    if (!indices.empty()) std::memcpy(values.data(), indices.data(), indices.size_bytes());
    batch.fields.push_back({.spec = fields_[0], .values = std::move(values)});
    return batch;
  }

 private:
  const std::int64_t size_;
  const std::function<void(int)> before_read_;
  const std::vector<FieldSpec> fields_{{.name = "id", .dtype = DType::int64}};
  const Manifest manifest_;
  mutable int reads_ = 0;
};

/// A number that one thread raises and another waits for.
class Counter {
 public:
  void raise_to(int value) {
    {
      const std::lock_guard lock(mutex_);
      value_ = value;
    }
    changed_.notify_all();
  }

  /// False when it did not get there in time.
  bool wait_for(int value) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, soon().time(), [&] { return value_ >= value; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int value_ = 0;
};

Partition partition_of(std::int64_t samples, std::int64_t global_batch, std::int64_t lanes) {
  return Partition(
      {.samples = samples, .global_batch = global_batch, .lanes = lanes, .shuffle = false});
}

/// "step.lane: sample sample", and "|" at the end of a lane.
std::string describe(const LoadedBatch& loaded) {
  const BatchField& field = loaded.batch.field("id");
  std::string text = concat(loaded.step, ".", loaded.lane, ":");
  for (std::int64_t i = 0; i < loaded.batch.samples; ++i) {
    std::int64_t id = 0;
    std::memcpy(&id, field.values.data() + static_cast<std::size_t>(i) * sizeof(id), sizeof(id));
    text += concat(" ", id);
  }
  return text + (loaded.last_of_lane ? " |" : "");
}

/// The code of the error that next() throws, if it does.
std::optional<ErrorCode> error_of_next(Loader& loader, const Deadline& deadline) {
  try {
    loader.next(deadline);
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

/// All batches until the loader says that there are no more.
std::vector<std::string> load_all(Loader& loader) {
  std::vector<std::string> batches;
  try {
    while (true) batches.push_back(describe(loader.next(soon())));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::aborted) << error.what();
  }
  return batches;
}

TEST(Loader, GoesStepByStepAndLaneByLane) {
  const NumberedSamples samples(12);
  const Partition partition = partition_of(12, 6, 3);
  Loader loader(samples, partition, {.lanes = {0, 3}, .first_step = 0, .end_step = 2});
  EXPECT_THAT(load_all(loader), ElementsAre("0.0: 0 1 |", "0.1: 2 3 |", "0.2: 4 5 |", "1.0: 6 7 |",
                                            "1.1: 8 9 |", "1.2: 10 11 |"));
}

TEST(Loader, ReadsOnlyTheLanesAndStepsOfItsWorker) {
  const NumberedSamples samples(12);
  const Partition partition = partition_of(12, 6, 3);
  Loader loader(samples, partition, {.lanes = {1, 2}, .first_step = 1, .end_step = 3});
  EXPECT_THAT(load_all(loader), ElementsAre("1.1: 8 9 |", "2.1: 2 3 |"));
}

TEST(Loader, CutsLanesIntoMicroBatchesInOrder) {
  const NumberedSamples samples(10);
  const Partition partition = partition_of(10, 10, 2);
  Loader loader(samples, partition,
                {.lanes = {0, 2}, .first_step = 0, .end_step = 1, .micro_batch = 2});
  EXPECT_THAT(load_all(loader),
              ElementsAre("0.0: 0 1", "0.0: 2 3", "0.0: 4 |", "0.1: 5 6", "0.1: 7 8", "0.1: 9 |"));
}

TEST(Loader, MicroBatchesThatFitLeaveNoEmptyOne) {
  const NumberedSamples samples(4);
  const Partition partition = partition_of(4, 4, 1);
  Loader loader(samples, partition,
                {.lanes = {0, 1}, .first_step = 0, .end_step = 1, .micro_batch = 2});
  EXPECT_THAT(load_all(loader), ElementsAre("0.0: 0 1", "0.0: 2 3 |"));
}

TEST(Loader, GivesOneEmptyBatchForALaneWithoutSamples) {
  const NumberedSamples samples(10);
  const Partition partition = partition_of(10, 8, 4);  // A tail of 2.
  Loader loader(samples, partition,
                {.lanes = {0, 4}, .first_step = 1, .end_step = 2, .micro_batch = 1});
  EXPECT_THAT(load_all(loader), ElementsAre("1.0: |", "1.1: 8 |", "1.2: |", "1.3: 9 |"));
}

TEST(Loader, KeepsTheOrderWhateverTheLengthOfItsQueue) {
  const NumberedSamples samples(100);
  const Partition partition = partition_of(100, 10, 5);
  std::vector<std::vector<std::string>> results;
  for (const int ahead : {1, 2, 3, 1000}) {
    Loader loader(samples, partition,
                  {.lanes = {0, 5}, .first_step = 0, .end_step = 30, .batches_ahead = ahead});
    results.push_back(load_all(loader));
    EXPECT_EQ(results.back().size(), 150u);
    EXPECT_EQ(results.back(), results.front());
  }
}

TEST(Loader, SaysAbortedForEverAfterTheLastBatch) {
  const NumberedSamples samples(4);
  const Partition partition = partition_of(4, 4, 1);
  Loader loader(samples, partition, {.lanes = {0, 1}, .first_step = 0, .end_step = 1});
  loader.next(soon());
  EXPECT_EQ(error_of_next(loader, soon()), ErrorCode::aborted);
  EXPECT_EQ(error_of_next(loader, soon()), ErrorCode::aborted);
}

TEST(Loader, OfNoStepsSaysAbortedAtOnce) {
  const NumberedSamples samples(4);
  const Partition partition = partition_of(4, 4, 1);
  Loader loader(samples, partition, {.lanes = {0, 1}, .first_step = 5, .end_step = 5});
  EXPECT_EQ(error_of_next(loader, soon()), ErrorCode::aborted);
}

TEST(Loader, HandsOnWhatReadingThrewBehindTheBatchesBeforeIt) {
  const NumberedSamples samples(100, [](int read) {
    if (read == 2) throw Error(ErrorCode::corrupt, "a.csv:7: is damaged");
  });
  const Partition partition = partition_of(100, 10, 1);
  Loader loader(samples, partition, {.lanes = {0, 1}, .first_step = 0, .end_step = 10});
  EXPECT_EQ(loader.next(soon()).step, 0);
  EXPECT_EQ(loader.next(soon()).step, 1);
  for (int again = 0; again < 2; ++again) {
    try {
      loader.next(soon());
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      EXPECT_STREQ(error.what(), "a.csv:7: is damaged");
    }
  }
}

TEST(Loader, ReadsAheadAsFarAsItsQueueIsLong) {
  Counter reads;
  const NumberedSamples samples(100, [&](int read) { reads.raise_to(read + 1); });
  const Partition partition = partition_of(100, 10, 1);
  Loader loader(samples, partition,
                {.lanes = {0, 1}, .first_step = 0, .end_step = 10, .batches_ahead = 3});
  EXPECT_TRUE(reads.wait_for(3));  // Before anybody asked.
  loader.next(soon());
  EXPECT_TRUE(reads.wait_for(4));
}

TEST(Loader, DoesNotReadFurtherThanItsQueueIsLong) {
  constexpr int kAhead = 2;
  int taken = 0;  // Written by the consumer before it takes: never behind what the reader sees.
  std::mutex mutex;
  bool too_far = false;
  const NumberedSamples samples(1000, [&](int read) {
    const std::lock_guard lock(mutex);
    if (read >= taken + kAhead) too_far = true;
  });
  const Partition partition = partition_of(1000, 10, 1);
  Loader loader(samples, partition,
                {.lanes = {0, 1}, .first_step = 0, .end_step = 100, .batches_ahead = kAhead});
  for (int step = 0; step < 100; ++step) {
    {
      const std::lock_guard lock(mutex);
      ++taken;
    }
    EXPECT_EQ(loader.next(soon()).step, step);
  }
  const std::lock_guard lock(mutex);
  EXPECT_FALSE(too_far);
}

TEST(Loader, EndsAtOnceWhileItsQueueIsFull) {
  Counter reads;
  const NumberedSamples samples(1'000'000, [&](int read) { reads.raise_to(read + 1); });
  const Partition partition = partition_of(1'000'000, 1, 1);
  const auto start = Clock::now();
  {
    Loader loader(samples, partition,
                  {.lanes = {0, 1}, .first_step = 0, .end_step = 1'000'000, .batches_ahead = 2});
    ASSERT_TRUE(reads.wait_for(2));
  }
  EXPECT_LT(Clock::now() - start, seconds(10));
}

TEST(Loader, EndsInTheMiddleOfALane) {
  const NumberedSamples samples(1'000'000);
  const Partition partition = partition_of(1'000'000, 1'000'000, 1);
  Loader loader(samples, partition,
                {.lanes = {0, 1}, .first_step = 0, .end_step = 1, .micro_batch = 1});
  EXPECT_EQ(describe(loader.next(soon())), "0.0: 0");
}

TEST(Loader, SaysTimeoutWhenReadingTakesTooLong) {
  Counter allowed;
  const NumberedSamples samples(4, [&](int) { allowed.wait_for(1); });
  const Partition partition = partition_of(4, 4, 1);
  Loader loader(samples, partition, {.lanes = {0, 1}, .first_step = 0, .end_step = 1});
  EXPECT_EQ(error_of_next(loader, Deadline::after(std::chrono::milliseconds(5))),
            ErrorCode::timeout);
  EXPECT_GT(loader.seconds_waited(), 0);
  allowed.raise_to(1);
  EXPECT_EQ(describe(loader.next(soon())), "0.0: 0 1 2 3 |");  // It is not lost.
}

TEST(Loader, WaitsForNothingThatIsThere) {
  Counter reads;
  const NumberedSamples samples(8, [&](int read) { reads.raise_to(read + 1); });
  const Partition partition = partition_of(8, 4, 1);
  Loader loader(samples, partition, {.lanes = {0, 1}, .first_step = 0, .end_step = 2});
  ASSERT_TRUE(reads.wait_for(2));  // The first batch is in the queue when the second is read.
  loader.next(Deadline::at(Clock::now() - seconds(1)));
  EXPECT_EQ(loader.seconds_waited(), 0);
}

}  // namespace
}  // namespace muster::data
