#include "coordinator/core/ledger.h"

#include <chrono>
#include <utility>

#include "coordinator/core/recovery.h"

namespace muster::coordinator {
namespace {

double seconds(Clock::duration length) { return std::chrono::duration<double>(length).count(); }

Clock::duration length_of(double seconds) {
  return std::chrono::round<Clock::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

Ledger ledger_of(const State& state, TimePoint now) {
  const Recoveries& recoveries = state.recoveries;
  const WorkerTime time = worker_time(state, now);
  Ledger ledger{.generation = state.generation,
                .restarts = recoveries.restarts,
                .restarts_counted = recoveries.counted,
                .forgiven_from = recoveries.forgiven_from,
                .furthest = state.furthest,
                .steps_redone = recoveries.steps_redone,
                .redo_seconds = seconds(recoveries.redoing),
                .recovery_seconds = {},
                .wall_seconds = seconds(wall_time(state, now)),
                .stepping_seconds = seconds(time.stepping),
                .existing_seconds = seconds(time.existing),
                .checkpoints = {},
                .model_sha256 = {},
                .checkpoint_failures = state.checkpoint_failures,
                .handover = {}};
  ledger.handover = {.was_complete = state.has_been_complete,
                     .has_restored = state.restored.has_value(),
                     .steps = state.steps,
                     .redo_until = state.redo_until,
                     .is_recovering = state.stage == Stage::recovering,
                     .open_recoveries = static_cast<int>(recoveries.open.size()),
                     .stop = state.stop ? std::optional(state.stop->cause) : std::nullopt,
                     .finished = state.finished,
                     .ending = {},
                     .has_ended = state.stage == Stage::ended};
  if (state.verdict) {
    ledger.handover.ending = {.status = state.verdict->status,
                              .reason = state.verdict->reason,
                              .exit_status = state.verdict->exit_status};
  }
  for (const auto& checkpoint : state.checkpoints) ledger.checkpoints.push_back(checkpoint.step);
  if (!state.checkpoints.empty()) ledger.model_sha256 = state.checkpoints.back().model_sha256;
  for (const auto length : recoveries.closed) ledger.recovery_seconds.push_back(seconds(length));
  return ledger;
}

bool is_news(const Ledger& last, const Ledger& next) {
  Ledger expected = next;
  expected.furthest = last.furthest;
  expected.steps_redone = last.steps_redone;
  expected.redo_seconds = last.redo_seconds;
  expected.wall_seconds = last.wall_seconds;
  expected.stepping_seconds = last.stepping_seconds;
  expected.existing_seconds = last.existing_seconds;
  expected.handover.steps = last.handover.steps;
  return expected != last;
}

State state_from(const Ledger& ledger, RunFacts facts) {
  State state(std::move(facts));
  state.generation = ledger.generation;
  state.has_been_complete = ledger.handover.was_complete;
  state.steps = state.furthest = ledger.furthest;
  for (const std::int64_t step : ledger.checkpoints) {
    state.checkpoints.push_back({.step = step, .path = "", .model_sha256 = ""});
  }
  if (!state.checkpoints.empty()) state.checkpoints.back().model_sha256 = ledger.model_sha256;
  state.checkpoint_failures = ledger.checkpoint_failures;
  state.ran_before = length_of(ledger.wall_seconds);
  state.stepping = length_of(ledger.stepping_seconds);
  state.existing = length_of(ledger.existing_seconds);
  Recoveries& recoveries = state.recoveries;
  recoveries.restarts = ledger.restarts;
  recoveries.counted = ledger.restarts_counted;
  recoveries.forgiven_from = ledger.forgiven_from;
  recoveries.steps_redone = ledger.steps_redone;
  recoveries.redoing = length_of(ledger.redo_seconds);
  for (const double length : ledger.recovery_seconds) {
    recoveries.closed.push_back(length_of(length));
  }
  return state;
}

}  // namespace muster::coordinator
