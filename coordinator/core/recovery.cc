#include "coordinator/core/recovery.h"

#include <algorithm>

#include "common/text.h"

namespace muster::coordinator {
namespace {

constexpr std::int64_t kForgivingSteps = 10;
constexpr int kDeterministic = 3;
constexpr auto kShortestWait = std::chrono::seconds(1);
constexpr auto kLongestWait = std::chrono::seconds(30);

/// Nothing for the first of its kind.
Clock::duration wait_before(int in_a_row) {
  if (in_a_row < 2) return {};
  constexpr int kMostDoublings = 5;
  const Clock::duration wait = kShortestWait * (1 << std::min(in_a_row - 2, kMostDoublings));
  return std::min<Clock::duration>(wait, kLongestWait);
}

bool has_loaded(const State& state) { return state.generation == 1 || state.restored; }

/// How often this kind of failure has come in a row, this time included.
int count_in_a_row(Recoveries& recoveries, FailureKind kind) {
  recoveries.in_a_row = recoveries.last == kind ? recoveries.in_a_row + 1 : 1;
  recoveries.last = std::move(kind);
  return recoveries.in_a_row;
}

}  // namespace

Remedy after_failure(State& state, const Failure& failure, TimePoint noticed) {
  Recoveries& recoveries = state.recoveries;
  if (!failure.can_pass || !state.has_been_complete) return {};
  const FailureKind kind{.how = failure.how,
                         .step = has_loaded(state) ? std::optional(state.steps) : std::nullopt};
  const int in_a_row = count_in_a_row(recoveries, kind);
  if (kind.step && in_a_row >= kDeterministic) {
    return {.recovers = false,
            .wait = {},
            .why_not = concat("the same failure ", in_a_row, " times at step ", *kind.step,
                              ": it is deterministic")};
  }
  if (recoveries.counted >= state.facts.max_restarts) {
    return {.recovers = false,
            .wait = {},
            .why_not = concat(
                "cluster.max_restarts is ", state.facts.max_restarts,
                state.facts.max_restarts == 0 ? "" : ": so many restarts without getting on")};
  }
  ++recoveries.counted;
  recoveries.forgiven_from = state.furthest + kForgivingSteps;
  recoveries.open.push_back(noticed);
  return {.recovers = true,
          .wait = state.stop ? Clock::duration::zero() : wait_before(in_a_row),
          .why_not = {}};
}

void begin_generation(State& state, TimePoint now) {
  ++state.generation;
  state.launched = now;
  state.workers.assign(static_cast<std::size_t>(state.facts.workers), Worker{});
  state.connected = state.deaths = 0;
  state.is_adopted = false;
  state.launcher_is_running = true;
  state.launcher_end.reset();
  state.first_sign.reset();
  state.kill_sent.reset();
  state.restored.reset();
  state.launch_at.reset();
  state.redo_until = state.furthest;
  if (state.generation == 1) state.step_at = now;
}

void adopt_generation(State& state, const Adopted& event, TimePoint now, const Limits& limits) {
  const Handover& left = event.left;
  state.launched = now;
  state.workers.assign(static_cast<std::size_t>(state.facts.workers), Worker{});
  state.is_adopted = true;
  state.launcher_is_running = event.launcher_is_running;
  if (left.has_restored) state.restored = wire::Restored{.step = left.steps, .source = ""};
  state.steps = left.steps;
  state.redo_until = left.redo_until;
  state.step_at = now;
  state.step_times.begin(left.steps, now);
  state.recoveries.open.assign(static_cast<std::size_t>(left.open_recoveries), now);
  if (!left.stop) return;
  state.stop = Stop{.cause = *left.stop,
                    .deadline = now + (left.stop->is_preemption() ? limits.grace : limits.stop)};
}

WorkerTime worker_time(const State& state, TimePoint now) {
  WorkerTime time{.stepping = state.stepping, .existing = state.existing};
  for (const Worker& worker : state.workers) {
    time.stepping += worker.stepping;
    if (worker.phase == wire::Phase::training) time.stepping += now - worker.phase_since;
    time.existing += now - state.launched;
  }
  return time;
}

Clock::duration wall_time(const State& state, TimePoint now) {
  return state.ran_before +
         (state.stage == Stage::ready ? Clock::duration::zero() : now - state.started);
}

void end_generation(State& state, TimePoint now) {
  const WorkerTime time = worker_time(state, now);
  state.stepping = time.stepping;
  state.existing = time.existing;
  state.workers.clear();
  state.connected = state.deaths = 0;
}

void restored(State& state, const wire::Restored& message, TimePoint now) {
  state.restored = message;
  state.steps = message.step;
  state.furthest = std::max(state.furthest, message.step);
  state.step_at = now;
  state.step_times.begin(message.step, now);
  // Others may have been heard of their first steps before.
  for (const Worker& worker : state.workers) completed(state, worker.step, now);
}

void completed(State& state, std::int64_t step, TimePoint now) {
  if (!has_loaded(state) || step <= state.steps) return;
  Recoveries& recoveries = state.recoveries;
  const std::int64_t done = step - state.steps;
  const std::int64_t redone = std::clamp<std::int64_t>(state.redo_until - state.steps, 0, done);
  if (redone > 0) {
    recoveries.steps_redone += redone;
    recoveries.redoing += (now - state.step_at) / done * redone;
  }
  for (const TimePoint noticed : recoveries.open) recoveries.closed.push_back(now - noticed);
  recoveries.open.clear();
  state.steps = step;
  state.step_at = now;
  state.furthest = std::max(state.furthest, step);
  state.step_times.completed(step, now);
  if (state.furthest >= recoveries.forgiven_from) recoveries.counted = 0;
}

}  // namespace muster::coordinator
