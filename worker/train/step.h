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
#include "worker/train/sample_ledger.h"

namespace muster::worker {

/// What a rank wants done after a step, besides what is due anyway.
struct Wishes {
  bool snapshot = false;
  bool checkpoint = false;
};

/// What all ranks know alike after a step.
struct StepResult {
  double loss = 0;       // Mean over the step's targets, before the update.
  double grad_norm = 0;  // Of the whole gradient, before clipping.
  double lr = 0;
  std::int64_t samples = 0;  // Of the whole world.
  bool stop = false;         // A rank was asked to stop: all stop after this step.
  Wishes wishes;             // What a rank wants after this step: all do it.
  bool skipped = false;      // Loss or norm were not finite, and nothing was updated.

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
  SampleLedger* ledger = nullptr;  // Null: none is kept.
};

class Step {
 public:
  /// Collective over the world.
  explicit Step(const StepParts& parts);

  /// Trains step `step` on the batches that `loader` gives next. Collective. Blocks.
  /// `wishes`: this rank's; the ranks learn of each other's with the reduction.
  StepResult run(std::int64_t step, data::Loader& loader, const Wishes& wishes = {});

  /// The arena holds the state after `steps` steps: run() goes on with step number `steps`.
  /// `skipped_in_a_row`: the last steps before it changed nothing.
  void go_on_after(std::int64_t steps, std::int64_t skipped_in_a_row) {
    optimizer_->set_updates(steps);
    skipped_in_a_row_ = skipped_in_a_row;
  }

  /// How many of the last steps changed nothing.
  std::int64_t skipped_in_a_row() const { return skipped_in_a_row_; }

  /// The blocks that this rank updates.
  comm::ElementRange blocks() const {
    return blocks_[static_cast<std::size_t>(parts_.communicator.rank().index)];
  }

 private:
  // Sums over lanes that go with the gradients, in double: exact counts.
  enum Sum : std::size_t { kLoss, kTargets, kSamples, kStop, kSnapshot, kCheckpoint, kSums };
  using Sums = std::array<double, kSums>;

  std::vector<int> compute_lanes(std::int64_t step, data::Loader& loader);
  void add_wishes(Sums& sums, const Wishes& wishes) const;
  void compute_lane(std::int64_t step, std::int64_t lane, int buffer, data::Loader& loader);
  Sums agree(const std::vector<int>& buffers);
  void reduce(const std::vector<int>& buffers);
  double normalise(double targets);
  void refuse_or_skip(std::int64_t step, double loss, double grad_norm);
  std::string suspects(std::int64_t step);
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
  // Of the present step: the first lane of this rank whose loss is not finite; else the number of
  // lanes.
  std::int64_t bad_lane_ = 0;
  std::int64_t skipped_in_a_row_ = 0;
};

}  // namespace muster::worker
