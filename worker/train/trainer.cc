#include "worker/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "common/checkpoint/checkpoint_writer.h"
#include "common/lanes/lane_range.h"
#include "common/lanes/summation_tree.h"
#include "common/units.h"
#include "common/version.h"
#include "data/loader.h"
#include "data/planning/planning.h"
#include "worker/models/build.h"
#include "worker/objectives/objective.h"
#include "worker/optim/lr_schedule.h"
#include "worker/train/arena.h"
#include "worker/train/checkpoint_tensors.h"
#include "worker/train/evaluation.h"
#include "worker/train/step.h"
#include "worker/train/step_metrics.h"

namespace muster::worker {
namespace {

/// True for the steps after which something that happens every `interval` steps is due.
bool is_due(std::int64_t steps_done, const std::optional<std::int64_t>& interval) {
  return interval && steps_done % *interval == 0;
}

class Trainer {
 public:
  explicit Trainer(const TrainerParts& parts)
      : parts_(parts),
        experiment_(parts.experiment),
        lanes_of_rank_(lanes_of_workers(parts.plan.lanes, parts.communicator.rank().count)),
        partition_(data::training_partition(experiment_, parts.train)),
        scale_{parts.train.size(), experiment_.batch.global},
        total_steps_(to_steps(experiment_.duration, scale_)),
        objective_(make_objective(experiment_.objective)),
        arena_(parts.communicator, parts.model,
               {.groups = parameter_groups(experiment_.optimizer),
                .type = scalar_type_of(experiment_.precision),
                .gradient_buffers = gradient_buffers(),
                .states = state_names(experiment_.optimizer)}),
        schedule_(experiment_.lr_scheduler, peak_lr(experiment_.optimizer), total_steps_, scale_),
        step_({experiment_, parts.communicator, lanes_of_rank_, partition_, parts.model,
               *objective_, arena_, schedule_, parts.reporter}) {
    eval_interval_ = to_steps(experiment_.eval.interval, scale_);
    metrics_interval_ = to_steps(experiment_.metrics.interval, scale_);
    if (experiment_.checkpoint.interval) {
      checkpoint_interval_ = to_steps(*experiment_.checkpoint.interval, scale_);
    }
  }

  wire::Finished run() {
    if (experiment_.checkpoint.initial) save(0);
    parts_.reporter.phase(wire::Phase::training);
    data::Loader loader(parts_.train, partition_,
                        {.lanes = my_lanes(),
                         .end_step = total_steps_,
                         .micro_batch = experiment_.batch.micro.value_or(0)});
    StepMetrics metrics;
    const auto start = Clock::now();
    for (std::int64_t step = 0; step < total_steps_ && !result_.stopped; ++step) {
      const StepResult done = step_.run(step, loader);
      result_.steps = step + 1;
      result_.samples_seen += done.samples;
      result_.stopped = done.stop && result_.steps < total_steps_;
      parts_.reporter.step_completed(result_.steps);

      metrics.add(done);
      if (is_first_rank() && is_due(result_.steps, metrics_interval_)) {
        parts_.reporter.metrics(metrics.line(result_.steps, epochs()));
      }
      if (is_due(result_.steps, eval_interval_)) evaluate_now();
      if (is_due(result_.steps, checkpoint_interval_)) save(result_.steps);
    }
    result_.epochs = epochs();
    result_.training_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (evaluated_at_ != result_.steps) evaluate_now();
    if (saved_at_ != result_.steps) save(result_.steps);
    return result_;
  }

 private:
  LaneRange my_lanes() const {
    return lanes_of_rank_[static_cast<std::size_t>(parts_.communicator.rank().index)];
  }
  /// Of the rank that needs most: every rank has the same number.
  int gradient_buffers() const {
    int most = 0;
    for (const LaneRange lanes : lanes_of_rank_) {
      most = std::max(most, buffers_needed(lanes, parts_.plan.lanes));
    }
    return most;
  }
  bool is_first_rank() const { return parts_.communicator.rank().index == 0; }

  /// Epochs done, with fraction.
  double epochs() const {
    return static_cast<double>(result_.samples_seen) / static_cast<double>(parts_.train.size());
  }

  void evaluate_now() {
    evaluated_at_ = result_.steps;
    if (!parts_.eval) return;
    parts_.reporter.phase(wire::Phase::evaluating);
    result_.eval = evaluate({experiment_, parts_.communicator, lanes_of_rank_, *parts_.eval,
                             parts_.model, *objective_, arena_, parts_.reporter});
    if (is_first_rank()) {
      parts_.reporter.metrics(evaluation_line(result_.steps, epochs(), result_.eval));
    }
    parts_.reporter.phase(wire::Phase::training);
  }

  /// Rank 0 publishes; the others go on, and cannot change a parameter before rank 0 has joined the
  /// next step's reduction.
  void save(std::int64_t steps) {
    saved_at_ = steps;
    if (!is_first_rank()) return;
    parts_.reporter.phase(wire::Phase::saving);
    const checkpoint::CheckpointState state{
        .step = steps,
        .total_steps = total_steps_,
        .epoch = steps / partition_.steps_per_epoch(),
        .position = steps % partition_.steps_per_epoch() * experiment_.batch.global,
        .samples_seen = result_.samples_seen,
        .lanes = parts_.plan.lanes,
        .seed = experiment_.seed,
        .config_hash = parts_.plan.config_hash,
        .version = kVersion};
    const CheckpointTensors tensors(arena_, steps);
    const checkpoint::PublishedCheckpoint published = checkpoint::write_checkpoint(
        parts_.run.checkpoints(), {.generation = parts_.generation}, state, tensors.views(), {});
    result_.model_sha256 = published.model_sha256;
    parts_.reporter.checkpoint_written({steps, published.path.string(), published.model_sha256});
    parts_.reporter.phase(wire::Phase::training);
  }

  TrainerParts parts_;
  const config::Experiment& experiment_;
  std::vector<LaneRange> lanes_of_rank_;
  data::Partition partition_;
  StepScale scale_;
  std::int64_t total_steps_;
  ObjectivePointer objective_;
  Arena arena_;
  LrSchedule schedule_;
  Step step_;
  std::optional<std::int64_t> eval_interval_;
  std::optional<std::int64_t> metrics_interval_;
  std::optional<std::int64_t> checkpoint_interval_;
  std::optional<std::int64_t> evaluated_at_;
  std::optional<std::int64_t> saved_at_;
  wire::Finished result_;
};

}  // namespace

wire::Finished train(const TrainerParts& parts) { return Trainer(parts).run(); }

}  // namespace muster::worker
