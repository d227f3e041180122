#include "coordinator/cli/memory_plan.h"

#include <gtest/gtest.h>

namespace muster::coordinator::cli {
namespace {

/// An arena of 1,000 bytes and two elements of optimizer state for each parameter.
run::Inspection small_model() {
  run::Inspection inspection;
  inspection.arena_elements = 250;
  inspection.bytes_per_element = 4;
  inspection.optimizer_slots = 2;
  return inspection;
}

TEST(MemoryPlan, OneLaneAWorkerNeedsOneGradientAndAShard) {
  const WorldMemory memory =
      memory_of(small_model(), {.lanes = 4, .workers = 4, .ranks_per_node = {}});
  EXPECT_EQ(memory.nodes, 1);
  EXPECT_EQ(memory.lanes_per_worker, 1);
  EXPECT_EQ(memory.gradient_buffers, 1);
  EXPECT_EQ(memory.worker_bytes, 1000 + 2000 / 4);
  EXPECT_EQ(memory.shared_bytes, 1000);
  EXPECT_EQ(memory.node_bytes, 1000 + 4 * 1500);
}

TEST(MemoryPlan, FewerWorkersNeedMoreGradientsEach) {
  // Two lanes: both are live before they are added. Four: log2(4) + 1.
  EXPECT_EQ(
      memory_of(small_model(), {.lanes = 4, .workers = 2, .ranks_per_node = {}}).gradient_buffers,
      2);
  const WorldMemory alone =
      memory_of(small_model(), {.lanes = 4, .workers = 1, .ranks_per_node = {}});
  EXPECT_EQ(alone.gradient_buffers, 3);
  EXPECT_EQ(alone.worker_bytes, 3 * 1000 + 2000);
}

TEST(MemoryPlan, EveryNodeHasItsOwnParametersAndState) {
  const WorldMemory memory = memory_of(small_model(), {4, 4, 1});
  EXPECT_EQ(memory.nodes, 4);
  EXPECT_EQ(memory.worker_bytes, 1000 + 2000);
  EXPECT_EQ(memory.node_bytes, 1000 + 3000);
}

TEST(MemoryPlan, FrozenParametersAreThereOnceANodeAndNeedNothingElse) {
  run::Inspection inspection = small_model();
  inspection.frozen_elements = 100;
  const WorldMemory memory = memory_of(inspection, {4, 4, 2});
  EXPECT_EQ(memory.shared_bytes, 1000 + 400);
  EXPECT_EQ(memory.worker_bytes, 1000 + 1000);
  EXPECT_EQ(memory.node_bytes, 1400 + 2 * 2000);
  EXPECT_EQ(traffic_of(inspection, {4, 4, 2}).gradient_bytes, 1000);
}

// Three workers, two to a node: the second node has one worker, which keeps all of the state.
TEST(MemoryPlan, TellsTheLargestWhereNodesDiffer) {
  const WorldMemory memory = memory_of(small_model(), {3, 3, 2});
  EXPECT_EQ(memory.nodes, 2);
  EXPECT_EQ(memory.worker_bytes, 1000 + 2000);
  EXPECT_EQ(memory.node_bytes, 1000 + 2 * (1000 + 1000));
}

TEST(MemoryPlan, ListsSmallerWorldsDownToOne) {
  std::vector<int> sizes;
  for (const WorldMemory& world :
       memory_of_smaller(small_model(), {.lanes = 64, .workers = 20, .ranks_per_node = {}})) {
    sizes.push_back(world.workers);
  }
  EXPECT_EQ(sizes, (std::vector<int>{20, 10, 5, 4, 3, 2, 1}));
}

TEST(MemoryPlan, OneWorkerMovesNothing) {
  const StepTraffic traffic =
      traffic_of(small_model(), {.lanes = 4, .workers = 1, .ranks_per_node = {}});
  EXPECT_EQ(traffic.gradient_bytes, 1000);
  EXPECT_EQ(traffic.shared_bytes, 0);
  EXPECT_EQ(traffic.network_bytes, 0);
}

// Each of two workers reads the other's half of one part each.
TEST(MemoryPlan, OneNodeMovesEverythingThroughSharedMemory) {
  const StepTraffic traffic =
      traffic_of(small_model(), {.lanes = 4, .workers = 2, .ranks_per_node = {}});
  EXPECT_EQ(traffic.shared_bytes, 2 * 1000 / 2);
  EXPECT_EQ(traffic.network_bytes, 0);
}

// Aligned lanes: one part and one share of the sums, 2(N-1)/N of a gradient.
TEST(MemoryPlan, NodesWithAlignedLanesSendTheLeastThatIsPossible) {
  const StepTraffic traffic = traffic_of(small_model(), {4, 2, 1});
  EXPECT_EQ(traffic.shared_bytes, 0);
  EXPECT_EQ(traffic.network_bytes, 2 * 1000 / 2);
}

TEST(MemoryPlan, CountsWhatSnapshotsAndCheckpointsCopyTo) {
  config::Experiment experiment;
  EXPECT_EQ(state_copies(experiment), 2);
  experiment.checkpoint.interval = Duration{1, Duration::Unit::epochs};
  EXPECT_EQ(state_copies(experiment), 3);
  experiment.snapshot.enabled = false;
  EXPECT_EQ(state_copies(experiment), 1);

  const WorldMemory memory =
      memory_of(small_model(), {.lanes = 4, .workers = 4, .ranks_per_node = {}, .state_copies = 3});
  EXPECT_EQ(memory.copies_bytes, 3 * 3000);
  EXPECT_EQ(memory.node_bytes, 1000 + 3 * 3000 + 4 * 1500);
}

}  // namespace
}  // namespace muster::coordinator::cli
