// Every sample exactly once an epoch, whatever the sizes; who works on a lane does not matter.
#include "data/partition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "common/lanes/lane_range.h"

namespace muster::data {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

PartitionSpec unshuffled(std::int64_t samples, std::int64_t global_batch, std::int64_t lanes) {
  return {.samples = samples, .global_batch = global_batch, .lanes = lanes, .shuffle = false};
}

/// How often each sample appears in the steps of `epoch`.
std::vector<int> appearances(const Partition& partition, std::int64_t epoch) {
  std::vector<int> counts(static_cast<std::size_t>(partition.spec().samples), 0);
  const std::int64_t first = epoch * partition.steps_per_epoch();
  for (std::int64_t step = first; step < first + partition.steps_per_epoch(); ++step) {
    for (std::int64_t lane = 0; lane < partition.spec().lanes; ++lane) {
      for (const std::int64_t sample : partition.samples(step, lane)) {
        ++counts.at(static_cast<std::size_t>(sample));
      }
    }
  }
  return counts;
}

TEST(Partition, CutsAFullStepIntoEqualLanes) {
  const Partition partition(unshuffled(100, 12, 4));
  EXPECT_EQ(partition.positions(0, 0), (PositionRange{0, 3}));
  EXPECT_EQ(partition.positions(0, 3), (PositionRange{9, 12}));
  EXPECT_EQ(partition.positions(2, 1), (PositionRange{27, 30}));
}

TEST(Partition, KeepsAShortLastBatchAndSpreadsItOverTheLanes) {
  const Partition partition(unshuffled(100, 12, 4));  // 8 steps of 12 and one of 4.
  EXPECT_EQ(partition.steps_per_epoch(), 9);
  EXPECT_EQ(partition.samples_of_step(7), 12);
  EXPECT_EQ(partition.samples_of_step(8), 4);
  EXPECT_EQ(partition.positions(8, 0), (PositionRange{96, 97}));
  EXPECT_EQ(partition.positions(8, 3), (PositionRange{99, 100}));
}

TEST(Partition, LeavesLanesEmptyWhenTheTailHasFewerSamplesThanLanes) {
  const Partition partition(unshuffled(10, 8, 4));  // A tail of 2: n*l/L is 0, 0, 1, 1, 2.
  EXPECT_EQ(partition.positions(1, 0), (PositionRange{8, 8}));
  EXPECT_EQ(partition.positions(1, 1), (PositionRange{8, 9}));
  EXPECT_EQ(partition.positions(1, 2), (PositionRange{9, 9}));
  EXPECT_EQ(partition.positions(1, 3), (PositionRange{9, 10}));
  EXPECT_TRUE(partition.samples(1, 0).empty());
}

TEST(Partition, ABatchLargerThanTheDataIsOneShortStep) {
  const Partition partition(unshuffled(5, 64, 2));
  EXPECT_EQ(partition.steps_per_epoch(), 1);
  EXPECT_EQ(partition.samples_of_step(3), 5);
  EXPECT_EQ(partition.positions(3, 1), (PositionRange{2, 5}));
}

TEST(Partition, StartsEveryEpochAtTheFirstPosition) {
  const Partition partition(unshuffled(100, 12, 4));
  EXPECT_EQ(partition.epoch_of(8), 0);
  EXPECT_EQ(partition.epoch_of(9), 1);
  EXPECT_EQ(partition.positions(9, 0), partition.positions(0, 0));
  EXPECT_EQ(partition.samples_of_step(17), 4);
}

TEST(Partition, WithoutShufflingASampleStandsAtItsOwnPosition) {
  const Partition partition(unshuffled(100, 12, 4));
  EXPECT_THAT(partition.samples(1, 2), ElementsAre(18, 19, 20));
}

TEST(Partition, EverySampleAppearsExactlyOnceInEveryEpoch) {
  std::mt19937_64 random(2);
  const auto up_to = [&](std::int64_t greatest) {
    return 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(greatest));
  };
  for (int trial = 0; trial < 300; ++trial) {
    const PartitionSpec spec{.samples = up_to(200),
                             .global_batch = up_to(80),
                             .lanes = up_to(12),
                             .seed = random(),
                             .shuffle = trial % 2 == 0};
    EXPECT_THAT(appearances(Partition(spec), trial % 3), Each(1))
        << spec.samples << " samples, batch " << spec.global_batch << ", lanes " << spec.lanes;
  }
}

TEST(Partition, LanesOfAStepDifferByOneSampleAtMost) {
  const Partition partition(unshuffled(1'000, 100, 7));
  for (std::int64_t lane = 0; lane < 7; ++lane) {
    const std::int64_t size = partition.positions(3, lane).size();
    EXPECT_TRUE(size == 14 || size == 15) << size;
  }
}

TEST(Partition, ShufflesEveryEpochAnew) {
  const Partition partition(
      {.samples = 100, .global_batch = 100, .lanes = 1, .seed = 3, .shuffle = true});
  EXPECT_NE(partition.samples(0, 0), partition.samples(1, 0));
  EXPECT_EQ(partition.samples(1, 0), partition.samples(1, 0));
}

TEST(Partition, DoesNotDependOnTheNumberOfWorkers) {
  const Partition partition(
      {.samples = 50, .global_batch = 12, .lanes = 6, .seed = 1, .shuffle = true});
  for (const std::int64_t step : {0, 4, 5}) {  // 4 is a short one.
    std::vector<std::int64_t> one_worker;
    for (std::int64_t lane = 0; lane < 6; ++lane) {
      for (const std::int64_t sample : partition.samples(step, lane)) one_worker.push_back(sample);
    }
    for (int workers = 1; workers <= 6; ++workers) {
      std::vector<std::int64_t> all_workers;
      for (const LaneRange& lanes : lanes_of_workers(6, workers)) {
        for (std::int64_t lane = lanes.begin; lane < lanes.end; ++lane) {
          for (const std::int64_t s : partition.samples(step, lane)) all_workers.push_back(s);
        }
      }
      EXPECT_EQ(all_workers, one_worker) << workers;
    }
  }
}

// Nothing is proportional to the number of samples, and no product overflows.
TEST(Partition, IsExactForEnormousDataSets) {
  constexpr std::int64_t kSamples = (std::int64_t{1} << 62) - 1;
  constexpr std::int64_t kBatch = (std::int64_t{1} << 61) + 12'345;
  const Partition partition({.samples = kSamples, .global_batch = kBatch, .lanes = 100'003});
  EXPECT_EQ(partition.steps_per_epoch(), 2);
  for (const std::int64_t step : {0, 1}) {
    std::int64_t end = step * kBatch;
    for (std::int64_t lane = 0; lane < 100'003; ++lane) {
      const PositionRange range = partition.positions(step, lane);
      ASSERT_EQ(range.begin, end);
      ASSERT_GE(range.size(), partition.samples_of_step(step) / 100'003);
      end = range.end;
    }
    EXPECT_EQ(end, step * kBatch + partition.samples_of_step(step));
  }
}

TEST(Partition, GivesTheSamplesOfAnEnormousDataSetWithoutListingIt) {
  constexpr std::int64_t kSamples = std::int64_t{1} << 62;
  const Partition partition({.samples = kSamples, .global_batch = 256, .lanes = 4, .seed = 8});
  const auto samples = partition.samples(partition.steps_per_epoch() - 1, 3);
  ASSERT_EQ(samples.size(), 64u);
  for (const std::int64_t sample : samples) {
    EXPECT_GE(sample, 0);
    EXPECT_LT(sample, kSamples);
  }
}

}  // namespace
}  // namespace muster::data
