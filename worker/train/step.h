// One step: the data path from batches to updated parameters. Step::run() in step.cc shows the
// whole of it; everything it calls is straight-line code.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "comm/communicator.h"
#include "common/config/experiment.h"
#include "data/loader.h"
#include "data/partition.h"
#include "worker/objectives/objective.h"
#include "worker/optim/lr_schedule.h"
#include "worker/optim/optimizer.h"
#include "worker/train/arena.h"
#include "worker/train/gradient_sink.h"
#include "worker/train/reporter.h"

namespace muster::worker {

/// What all ranks know alike after a step.
struct StepResult {
  double loss = 0;       // Mean over the step's targets, before the update.
  double grad_norm = 0;  // Of the whole gradient, before clipping.
  double lr = 0;
  std::int64_t samples = 0;  // Of the whole world.
  bool stop = false;         // A rank was asked to stop: all stop after this step.

  // Of this rank.
  double seconds = 0;       // The whole step.
  double data_seconds = 0;  // Waiting for batches.
  double comm_seconds = 0;  // Waiting for other ranks and moving data.
};

/// Where a step's parts come from; all outlive the step.
struct StepParts {
  const config::Experiment& experiment;
  comm::Communicator& communicator;
  const std::vector<LaneRange>& lanes_of_rank;
  const data::Partition& partition;  // Of the training data.
  Model& model;
  const Objective& objective;
  Arena& arena;
  const LrSchedule& schedule;
  Reporter& reporter;
};

class Step {
 public:
  /// Collective over the world.
  explicit Step(const StepParts& parts);

  /// Trains step `step` on the batches that `loader` gives next. Collective. Blocks.
  StepResult run(std::int64_t step, data::Loader& loader);

 private:
  // Sums over lanes that go with the gradients, in double: exact counts.
  enum Sum : std::size_t { kLoss, kTargets, kSamples, kStop, kSums };
  using Sums = std::array<double, kSums>;

  std::vector<int> compute_lanes(std::int64_t step, data::Loader& loader);
  void compute_lane(std::int64_t step, std::int64_t lane, int buffer, data::Loader& loader);
  Sums agree(const std::vector<int>& buffers);
  void reduce(const std::vector<int>& buffers);
  double normalise(double targets);
  void update(double grad_norm, double lr);
  void publish();

  StepParts parts_;
  LaneRange lanes_;  // Of this rank.
  GradientSink sink_;
  std::vector<Sums> sums_;                  // By gradient buffer.
  std::vector<comm::ElementRange> shards_;  // By rank, in elements: what it updates.
  std::vector<comm::ElementRange> blocks_;  // The same in blocks.
  comm::ElementRange shard_;                // Of this rank, in elements.
  std::int64_t shard_parameters_;           // Its elements that are parameters; they come first.
  comm::ReduceLayout sums_layout_;          // Every rank wants all sums.
  comm::ReduceLayout gradient_layout_;      // Each rank wants its shard.
  at::Tensor shard_gradients_;              // [shard elements]
  std::shared_ptr<comm::SharedMemory> block_norms_;  // double [blocks]; one per node.
  OptimizerPointer optimizer_;
  double comm_seconds_ = 0;  // Of the present step.
};

}  // namespace muster::worker
