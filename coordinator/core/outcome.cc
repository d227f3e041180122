#include "coordinator/core/outcome.h"

#include <algorithm>

#include "coordinator/core/recovery.h"

namespace muster::coordinator {
namespace {

double seconds(Clock::duration length) { return std::chrono::duration<double>(length).count(); }

/// Samples of the first `steps` steps: every epoch ends with a step that may be short.
std::int64_t samples_of(const RunFacts& facts, std::int64_t steps) {
  return steps / facts.steps_per_epoch * facts.train_samples +
         steps % facts.steps_per_epoch * facts.samples_per_step;
}

run::WorkerSeconds worker_seconds(const State& state) {
  const double lost = seconds(state.recoveries.redoing) * state.facts.workers;
  const double stepping = seconds(state.stepping);
  return {.used = std::max(0.0, stepping - lost),
          .idle = seconds(state.existing - state.stepping),
          .lost = std::min(lost, stepping)};
}

}  // namespace

run::State final_state_of(run::Status status) {
  switch (status) {
    case run::Status::completed:
      return run::State::completed;
    case run::Status::failed:
      return run::State::failed;
    case run::Status::stopped:
      return run::State::stopped;
    case run::Status::preempted:
      return run::State::preempted;
  }
  return run::State::failed;
}

run::Summary summarize(const State& state, TimePoint now) {
  run::Summary summary;
  summary.status = state.verdict->status;
  summary.exit_status = state.verdict->exit_status;
  // A stop that went as asked has no reason worth keeping; one that ended in a kill has.
  if (summary.status == run::Status::failed || !state.finished) {
    summary.failure_reason = state.verdict->reason;
  }
  summary.records_skipped = state.facts.records_skipped;
  summary.workers = state.facts.workers;
  summary.generations = static_cast<int>(state.generation);
  summary.restarts = state.recoveries.restarts;
  summary.steps_redone = state.recoveries.steps_redone;
  summary.redo_seconds = seconds(state.recoveries.redoing);
  for (const Clock::duration length : state.recoveries.closed) {
    summary.recovery_seconds.push_back(seconds(length));
  }
  summary.wall_seconds = seconds(wall_time(state, now));
  summary.worker_seconds = worker_seconds(state);
  for (const auto& checkpoint : state.checkpoints) summary.checkpoints.push_back(checkpoint.step);
  summary.checkpoint_failures = state.checkpoint_failures;
  if (!state.checkpoints.empty()) summary.model_sha256 = state.checkpoints.back().model_sha256;

  if (state.finished) {
    const wire::Finished& finished = *state.finished;
    summary.steps = finished.steps;
    summary.epochs = finished.epochs;
    summary.samples_seen = finished.samples_seen;
    summary.eval = finished.eval;
    summary.model_sha256 = finished.model_sha256;
    run::add_rates(summary, finished);
  } else {
    summary.steps = state.furthest;
    summary.epochs =
        static_cast<double>(state.furthest) / static_cast<double>(state.facts.steps_per_epoch);
    summary.samples_seen = samples_of(state.facts, state.furthest);
  }
  return summary;
}

}  // namespace muster::coordinator
