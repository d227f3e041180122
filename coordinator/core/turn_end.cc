#include <utility>

#include "coordinator/core/outcome.h"
#include "coordinator/core/turn.h"

namespace muster::coordinator {

run::Status status_after(const StopCause& cause) {
  return cause.is_preemption() ? run::Status::preempted : run::Status::stopped;
}

std::string seconds_text(Clock::duration length) {
  return concat(shortest(std::chrono::duration<double>(length).count()), " s");
}

Evidence& Turn::evidence_for(int rank) {
  Worker& worker = state_.workers[static_cast<std::size_t>(rank)];
  if (!worker.death) {
    worker.death = Evidence{.first_sign = now_, .said = {}, .lost = {}, .ended = {}};
    ++state_.deaths;
  }
  if (!state_.first_sign) state_.first_sign = now_;
  return *worker.death;
}

/// With the launcher gone and every connection read to its end, only a worker that is about to
/// reconnect could have more to say; that matters while the evidence is weak.
void Turn::conclude_when_evidence_is_complete() {
  if (is_over() || state_.stage == Stage::recovering) return;
  if (!state_.launcher_end || state_.connected > 0) return;
  Failure failure = first_failure(state_);
  if (failure.is_certain) fail(std::move(failure), *state_.first_sign);
}

/// The generation has failed: another one, or the end.
void Turn::fail(Failure failure, TimePoint noticed) {
  const bool has_stopped = state_.stop && failure.can_pass && is_kept();
  const Remedy remedy = has_stopped ? Remedy{} : after_failure(state_, failure, noticed);
  if (remedy.recovers) return recover(failure, remedy);
  if (!remedy.why_not.empty()) failure.reason += concat("; not tried again: ", remedy.why_not);
  std::string text = failure.reason;
  if (!failure.advice.empty()) text += "\n" + failure.advice;
  act(Notify{std::move(text), failure.excerpt});
  // Who takes the machine away often ends the workers first.
  const bool is_preempted = state_.stop && state_.stop->cause.is_preemption() && failure.can_pass;
  if (has_stopped || is_preempted) {
    decide_end(status_after(state_.stop->cause), std::move(failure.reason),
               exit_status_after_stop(has_stopped));
  } else {
    decide_end(run::Status::failed, std::move(failure.reason), failure.exit_status);
  }
  kill();
}

void Turn::recover(const Failure& failure, const Remedy& remedy) {
  because(failure.reason);
  state_.stage = Stage::recovering;
  state_.failure = failure.reason;
  state_.launch_at = now_ + remedy.wait;
  std::string text = concat(failure.reason, "; recovering: restart ", state_.recoveries.counted,
                            " of ", state_.facts.max_restarts);
  if (remedy.wait > Clock::duration::zero()) text += " in " + seconds_text(remedy.wait);
  act(Notify{std::move(text), std::nullopt});
  publish(run::State::recovering, failure.reason);
  kill();
  launch_when_it_is_time();
}

/// In stage recovering.
void Turn::launch_when_it_is_time() {
  if (state_.launcher_is_running) return;
  for (const Worker& worker : state_.workers) {
    if (worker.connection) act(CloseConnection{*worker.connection});
  }
  end_generation(state_, now_);
  if (state_.stop && is_kept()) {
    return decide_end(status_after(state_.stop->cause),
                      concat("stopped with the checkpoint of step ", state_.furthest),
                      exit_status_after_stop(true));
  }
  if (now_ < *state_.launch_at) return;
  ++state_.recoveries.restarts;
  launch();
}

/// The workers are not given the time, or any more time, to stop by themselves.
void Turn::stop_at_once(const std::string& reason) {
  act(Notify{reason, std::nullopt});
  decide_end(status_after(state_.stop->cause), reason, exit_status_after_stop(is_kept()));
  kill();
}

/// The newest checkpoint, or the beginning, is where the run has come to.
bool Turn::is_kept() const {
  const std::int64_t kept = state_.checkpoints.empty() ? 0 : state_.checkpoints.back().step;
  return kept >= state_.furthest;
}

/// Requeue only what can go on from where it has come to; a stop that has lost
/// something is no success.
int Turn::exit_status_after_stop(bool is_kept) const {
  const StopCause& cause = state_.stop->cause;
  if (cause.is_request()) return is_kept ? exit_code::kOk : exit_code::kSoftware;
  if (cause.is_preemption() && is_kept) return exit_code::kRequeue;
  return exit_code::kSignal + cause.signal;
}

void Turn::decide_end(run::Status status, std::string reason, int exit_status) {
  because(reason);
  state_.stage = Stage::ending;
  state_.verdict = Verdict{
      .status = status, .reason = std::move(reason), .exit_status = exit_status, .at = now_};
  end_when_nothing_runs();
}

void Turn::kill() {
  if (!state_.launcher_is_running || state_.kill_sent) return;
  state_.kill_sent = now_;
  act(KillGeneration{state_.generation});
}

void Turn::end_when_nothing_runs() {
  if (!state_.launcher_is_running) end();
}

void Turn::end() {
  if (state_.stage == Stage::ended) return;
  end_generation(state_, now_);
  if (state_.stage == Stage::ready) state_.started = now_;
  state_.stage = Stage::ended;
  publish(final_state_of(state_.verdict->status), state_.verdict->reason);
  act(WriteSummary{summarize(state_, now_)});
  const bool is_kept_by_a_checkpoint = state_.verdict->exit_status == exit_code::kRequeue;
  act(End{.exit_status = state_.verdict->exit_status,
          .keeps_snapshots =
              state_.verdict->status == run::Status::preempted && !is_kept_by_a_checkpoint});
}

}  // namespace muster::coordinator
