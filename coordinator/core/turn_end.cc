#include <csignal>
#include <utility>

#include "coordinator/core/outcome.h"
#include "coordinator/core/turn.h"

namespace muster::coordinator {

bool is_preemption(int signal) { return signal == SIGTERM || signal == SIGUSR1; }

run::Status status_after(int signal) {
  return is_preemption(signal) ? run::Status::preempted : run::Status::stopped;
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
  if (failure.can_pass && has_stopped_unseen()) {
    end_as_stopped();
    return kill();
  }
  const Remedy remedy = after_failure(state_, failure, noticed);
  if (remedy.recovers) return recover(failure, remedy);
  if (!remedy.why_not.empty()) failure.reason += concat("; not tried again: ", remedy.why_not);
  std::string text = failure.reason;
  if (!failure.advice.empty()) text += "\n" + failure.advice;
  act(Notify{std::move(text), failure.excerpt});
  // Who takes the machine away often ends the workers first.
  if (state_.stop_signal && is_preemption(*state_.stop_signal) && failure.can_pass) {
    decide_end(run::Status::preempted, std::move(failure.reason), exit_status_after_stop());
  } else {
    decide_end(run::Status::failed, std::move(failure.reason), failure.exit_status);
  }
  kill();
}

/// The world of a coordinator that died is gone, and had been asked to stop and had written its
/// checkpoint: it did as it was told, and nobody was there to hear that it had finished.
bool Turn::has_stopped_unseen() const {
  return state_.is_adopted && state_.stop_signal && state_.saved_since_stop &&
         state_.launcher_end && !state_.launcher_end->is_known;
}

void Turn::end_as_stopped() {
  decide_end(status_after(*state_.stop_signal),
             concat("stopped after step ", state_.steps, " or later, between two coordinators"),
             exit_status_after_stop());
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
  if (now_ < *state_.launch_at) return;
  ++state_.recoveries.restarts;
  launch();
}

/// The workers are not given the time, or any more time, to stop by themselves.
void Turn::stop_at_once(const std::string& reason) {
  act(Notify{reason, std::nullopt});
  decide_end(status_after(*state_.stop_signal), reason, exit_status_after_stop());
  kill();
}

/// Requeue only what can go on from where it was when the signal came.
int Turn::exit_status_after_stop() const {
  if (*state_.stop_signal == kStopRequest) return exit_code::kOk;
  if (is_preemption(*state_.stop_signal) && state_.saved_since_stop) return exit_code::kRequeue;
  return exit_code::kSignal + *state_.stop_signal;
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
  act(End{state_.verdict->exit_status});
}

}  // namespace muster::coordinator
