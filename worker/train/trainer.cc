#include "worker/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "common/checkpoint/checkpoint_state.h"
#include "common/config/resolve.h"
#include "common/lanes/lane_range.h"
#include "common/lanes/summation_tree.h"
#include "common/log.h"
#include "common/text.h"
#include "common/units.h"
#include "common/version.h"
#include "data/loader.h"
#include "data/planning/planning.h"
#include "worker/models/build.h"
#include "worker/objectives/objective.h"
#include "worker/optim/lr_schedule.h"
#include "worker/train/arena.h"
#include "worker/train/checkpoints.h"
#include "worker/train/common_failure.h"
#include "worker/train/evaluation.h"
#include "worker/train/initial_weights.h"
#include "worker/train/replicas.h"
#include "worker/train/restoration.h"
#include "worker/train/sample_ledger.h"
#include "worker/train/snapshots.h"
#include "worker/train/step.h"
#include "worker/train/step_metrics.h"

namespace muster::worker {
namespace {

constexpr auto kAgainAlone = std::chrono::minutes(1);

/// True for the steps after which something that happens every `interval` steps is due.
bool is_due(std::int64_t steps_done, const std::optional<std::int64_t>& interval) {
  return interval && steps_done % *interval == 0;
}

std::optional<SampleLedger> make_ledger(const TrainerParts& parts) {
  if (!parts.experiment.metrics.samples) return std::nullopt;
  return SampleLedger(parts.run.sample_ledger(parts.communicator.rank().index, parts.generation));
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
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
        ledger_(make_ledger(parts)),
        step_({experiment_, parts.communicator, lanes_of_rank_, partition_, parts.model,
               *objective_, arena_, schedule_, parts.reporter, ledger_ ? &*ledger_ : nullptr}),
        checkpoints_(parts.communicator, arena_, my_blocks(),
                     {parts.run.checkpoints(), parts.generation, experiment_.checkpoint}) {
    eval_interval_ = to_steps(experiment_.eval.interval, scale_);
    metrics_interval_ = to_steps(experiment_.metrics.interval, scale_);
    if (experiment_.checkpoint.interval) {
      checkpoint_interval_ = to_steps(*experiment_.checkpoint.interval, scale_);
    }
    if (experiment_.check.interval) check_interval_ = to_steps(*experiment_.check.interval, scale_);
    if (parts.snapshots.empty()) return;
    SnapshotSpec spec{.folder = parts.snapshots,
                      .config_hash = parts.plan.config_hash,
                      .generation = parts.generation,
                      .interval = {}};
    if (experiment_.snapshot.interval) {
      spec.interval = to_steps(*experiment_.snapshot.interval, scale_);
    }
    snapshots_.emplace(parts.communicator, arena_, my_blocks(), std::move(spec));
  }

  wire::Finished run() {
    restore();
    data::Loader loader(parts_.train, partition_,
                        {.lanes = my_lanes(),
                         .first_step = result_.steps,
                         .end_step = total_steps_,
                         .micro_batch = experiment_.batch.micro.value_or(0)});
    if (checkpoint_interval_ && *checkpoint_interval_ < total_steps_) checkpoints_.prepare();
    parts_.reporter.phase(wire::Phase::training);
    check_replicas();
    after_step();  // What the state that was loaded had still to come.
    start_ = Clock::now();
    const std::int64_t samples_before = result_.samples_seen;
    while (result_.steps < total_steps_ && !result_.stopped) {
      const StepResult done = step_.run(result_.steps, loader, wishes_after(result_.steps + 1));
      ++result_.steps;
      result_.samples_seen += done.samples;
      result_.stopped = done.stop && result_.steps < total_steps_;
      parts_.reporter.step_completed(result_.steps);
      if (ledger_) ledger_->step_completed(result_.steps);
      if (snapshots_) snapshots_->step_completed();

      metrics_.add(done);
      if (is_first_rank() && is_due(result_.steps, metrics_interval_)) {
        parts_.reporter.metrics(metrics_.line(result_.steps, epochs()));
      }
      check_replicas();
      if (done.wishes.snapshot) snapshots_->take(result_.steps, state_text(state()));
      after_step(done.wishes.checkpoint);
    }
    result_.training_seconds = seconds_since(start_);
    result_.training_samples = result_.samples_seen - samples_before;
    if (snapshots_) result_.snapshot_seconds = snapshots_->seconds();
    result_.checkpoint_seconds = checkpoints_.seconds();
    finish();
    return result_;
  }

  /// After a failure that all ranks share: a checkpoint that is being written is of use still.
  void finish_writing() noexcept try {
    parts_.reporter.phase(wire::Phase::saving);
    checkpoints_.finish_writing_together(experiment_.cluster.grace,
                                         [this] { parts_.reporter.progressed(); });
    if (is_first_rank()) report(checkpoints_.outcomes());
  } catch (const std::exception& error) {
    log::warning(concat("a checkpoint may be lost: ", error.what()));
  }

 private:
  LaneRange my_lanes() const {
    return lanes_of_rank_[static_cast<std::size_t>(parts_.communicator.rank().index)];
  }
  BlockRange my_blocks() const { return {step_.blocks().begin, step_.blocks().end}; }
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

  /// Rank 0 wishes for all.
  Wishes wishes_after(std::int64_t steps) {
    if (!is_first_rank()) return {};
    return {.snapshot = snapshots_ && snapshots_->is_due(steps, seconds_since(start_)),
            .checkpoint = wants_checkpoint_alone()};
  }

  /// Once each time that it is, and again while that checkpoint does not succeed.
  bool wants_checkpoint_alone() {
    if (!parts_.reporter.is_alone()) {
      next_alone_ = Clock::time_point::min();
      return false;
    }
    if (Clock::now() < next_alone_) return false;
    next_alone_ = Clock::now() + kAgainAlone;
    log::warning("no coordinator for long: a checkpoint is written, then the training goes on");
    return true;
  }

  /// Where the training is. Which experiment it belongs to: only checkpoints say that in full.
  checkpoint::CheckpointState state() const {
    return {.step = result_.steps,
            .total_steps = total_steps_,
            .epoch = result_.steps / partition_.steps_per_epoch(),
            .position = result_.steps % partition_.steps_per_epoch() * experiment_.batch.global,
            .samples_seen = result_.samples_seen,
            .lanes = parts_.plan.lanes,
            .seed = experiment_.seed,
            .skipped_in_a_row = step_.skipped_in_a_row(),
            .config_hash = parts_.plan.config_hash,
            .version = kVersion,
            .eval = result_.eval,
            .eval_step = result_.eval.empty() ? std::nullopt : evaluated_at_,
            .identity = {}};
  }
  checkpoint::CheckpointState state_with_identity() const {
    checkpoint::CheckpointState complete = state();
    complete.identity = identity_;
    return complete;
  }

  void restore() {
    const RestoredState restored =
        restore_newest({.snapshots = snapshots_ ? &*snapshots_ : nullptr,
                        .checkpoints = checkpoints_,
                        .start_afresh = [this] { start_afresh(); },
                        .alive = [this] { parts_.reporter.progressed(); }},
                       state_with_identity());
    for (const std::string& text : restored.remarks) remark(text);
    if (restored.state) {
      result_.steps = restored.state->step;
      result_.samples_seen = restored.state->samples_seen;
      result_.eval = restored.state->eval;
      evaluated_at_ = restored.state->eval_step;
      step_.go_on_after(result_.steps, restored.state->skipped_in_a_row);
      if (restored.source != "snapshot") saved_step_ = result_.steps;
    }
    if (!restored.state) {
      load_given_weights(WantedWeights::all);
    } else if (restored.source == "snapshot" && !arena_.layout().frozen().empty()) {
      load_given_weights(WantedWeights::frozen);
    }
    log::info(concat("going on after step ", result_.steps, " (", restored.source, ")"));
    if (is_first_rank()) parts_.reporter.restored(result_.steps, restored.source);
  }

  /// A damaged snapshot or checkpoint has been written over the initial parameters.
  void start_afresh() {
    if (parts_.communicator.nodes().local_rank == 0) arena_.fill_from(*build_model(experiment_));
    parts_.communicator.barrier({.label = "initial parameters"}).wait();
  }

  /// Those of model.init, if any, over the random ones. One rank of every node reads them.
  void load_given_weights(WantedWeights wanted) {
    const config::InitialWeights& initial = config::initial_weights_of(experiment_.model.options);
    if (!initial.file) return;
    if (parts_.communicator.nodes().local_rank == 0) {
      const std::string note =
          load_initial_weights(arena_, initial, wanted, [this] { parts_.reporter.progressed(); });
      log::info(concat("initial weights from ", initial.file->string()));
      if (!note.empty()) log::warning(note);
    }
    parts_.communicator.barrier({.label = "given parameters"}).wait();
  }

  /// What is due between two steps, besides a snapshot. A snapshot comes before it, so that a death
  /// in here loses nothing: it is done again. `wants_checkpoint`: although none may be due.
  void after_step(bool wants_checkpoint = false) {
    const bool is_start = result_.steps == 0;
    if (!is_start && is_due(result_.steps, eval_interval_)) evaluate_now();
    if (wants_checkpoint ||
        (is_start ? experiment_.checkpoint.initial : is_due(result_.steps, checkpoint_interval_))) {
      save();
    }
    if (is_first_rank()) report(checkpoints_.outcomes());
  }

  /// Before the state is kept anywhere.
  void check_replicas() {
    if (result_.steps > 0 && is_due(result_.steps, check_interval_)) {
      compare_replicas(parts_.communicator, state_view(arena_));
    }
  }

  void evaluate_now() {
    if (!parts_.eval || evaluated_at_ == result_.steps) return;
    parts_.reporter.phase(wire::Phase::evaluating);
    const auto metrics = evaluate({experiment_, parts_.communicator, lanes_of_rank_, *parts_.eval,
                                   parts_.model, *objective_, arena_, parts_.reporter});
    parts_.reporter.phase(wire::Phase::training);
    if (!metrics) {
      result_.stopped = true;  // Whoever goes on from here evaluates.
      return;
    }
    evaluated_at_ = result_.steps;
    result_.eval = *metrics;
    if (is_first_rank()) {
      parts_.reporter.metrics(evaluation_line(result_.steps, epochs(), result_.eval));
    }
  }

  void save() {
    if (result_.steps == total_steps_ || saved_step_ == result_.steps) return;  // finish() does.
    parts_.reporter.phase(wire::Phase::saving);
    checkpoints_.save(state_with_identity());
    parts_.reporter.phase(wire::Phase::training);
  }

  void report(const std::vector<CheckpointOutcome>& outcomes) {
    for (const CheckpointOutcome& outcome : outcomes) {
      if (const auto* failure = std::get_if<CheckpointFailure>(&outcome)) {
        parts_.reporter.checkpoint_failed({failure->step, failure->error.what()});
      } else {
        const auto& [step, kept] = std::get<CheckpointSuccess>(outcome);
        next_alone_ = Clock::time_point::max();
        parts_.reporter.checkpoint_written(
            {step, kept.published.path.string(), kept.published.model_sha256});
        for (const std::string& text : kept.remarks) remark(text);
      }
    }
  }

  void remark(const std::string& text) {
    log::warning(text);
    parts_.reporter.remark(text);
  }

  /// The last evaluation and the last checkpoint. Rank 0 publishes; the others are done.
  void finish() {
    result_.epochs = epochs();
    if (!result_.stopped) evaluate_now();  // Who wants a stop waits for the checkpoint only.
    if (!is_first_rank()) return;
    parts_.reporter.phase(wire::Phase::saving);
    checkpoints_.finish_writing([this] { parts_.reporter.progressed(); });
    report(checkpoints_.outcomes());
    const CheckpointSuccess last =
        checkpoints_.save_now(state_with_identity(), [this] { parts_.reporter.progressed(); });
    result_.model_sha256 = last.kept.published.model_sha256;
    report({last});
  }

  TrainerParts parts_;
  const config::Experiment& experiment_;
  const std::map<std::string, std::string> identity_ =
      config::hashed_keys(experiment_, data::manifest_hash(parts_.train, parts_.eval));
  std::vector<LaneRange> lanes_of_rank_;
  data::Partition partition_;
  StepScale scale_;
  std::int64_t total_steps_;
  ObjectivePointer objective_;
  Arena arena_;
  LrSchedule schedule_;
  std::optional<SampleLedger> ledger_;
  Step step_;
  Checkpoints checkpoints_;
  std::optional<Snapshots> snapshots_;
  std::optional<std::int64_t> eval_interval_;
  std::optional<std::int64_t> metrics_interval_;
  std::optional<std::int64_t> check_interval_;
  std::optional<std::int64_t> checkpoint_interval_;
  std::optional<std::int64_t> evaluated_at_;
  std::optional<std::int64_t> saved_step_;  // Its checkpoint is what the training goes on from.
  StepMetrics metrics_;
  Clock::time_point next_alone_ = Clock::time_point::min();  // Alone, for the next checkpoint.
  Clock::time_point start_ = Clock::now();                   // Of the first step.
  wire::Finished result_;
};

}  // namespace

wire::Finished train(const TrainerParts& parts) {
  Trainer trainer(parts);
  try {
    return trainer.run();
  } catch (const CommonFailure&) {
    trainer.finish_writing();
    throw;
  }
}

}  // namespace muster::worker
