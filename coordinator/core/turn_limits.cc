#include "coordinator/core/stalls.h"
#include "coordinator/core/turn.h"

namespace muster::coordinator {

void Turn::send_stop(const Worker& worker) {
  const int signal = *state_.stop_signal;
  act(SendStop{*worker.connection,
               "asked for by " + (signal == kStopRequest ? "muster stop" : signal_text(signal))});
}

void Turn::on(const Interrupted& event) {
  if (state_.stage == Stage::ended) return because("refused: the run has ended");
  const std::string signal = signal_text(event.signal);
  if (is_over()) {
    because(signal + " while ending: not waiting any longer");
    return kill();
  }
  if (state_.stop_signal) {
    if (is_preemption(*state_.stop_signal) && is_preemption(event.signal)) {
      return because(signal + ": the workers have been asked to stop before");
    }
    return stop_at_once(concat("killed at step ", state_.steps, " by ", signal,
                               ", the second one: steps after the last checkpoint are lost"));
  }
  stop(event.signal, signal);
}

void Turn::on(const StopRequested& event) {
  if (state_.stage == Stage::ended) return because("refused: the run has ended");
  if (is_over() || state_.stop_signal) {
    return because(event.reason + ": the run has been asked to stop before");
  }
  stop(kStopRequest, event.reason);
}

/// Asked for by `who`, for the first time.
void Turn::stop(int signal, const std::string& who) {
  state_.stop_signal = signal;
  state_.stop_asked = now_;
  if (state_.stage == Stage::recovering) {
    return stop_at_once(concat("stopped by ", who, " while recovering, at step ", state_.steps));
  }
  if (!state_.has_been_complete) {
    decide_end(status_after(signal), "stopped by " + who + " before the training began",
               exit_status_after_stop());
    return kill();
  }
  because(who + ": asking the workers to stop");
  const std::string bound =
      is_preemption(signal) ? concat(" within ", seconds_text(limits_.grace), " (Ctrl-C to kill)")
                            : " (once more to kill)";
  act(Notify{"stopping: finishing the step and writing a checkpoint" + bound, std::nullopt});
  for (const Worker& worker : state_.workers) {
    if (worker.connection) send_stop(worker);
  }
}

void Turn::on(const Tick&) {
  if (state_.stage == Stage::ready || state_.stage == Stage::ended) return;
  if (is_over()) {
    if (state_.kill_sent && now_ - *state_.kill_sent >= limits_.kill) {
      act(Notify{concat(state_.facts.launcher, " is still there after SIGKILL; giving up on it"),
                 std::nullopt});
      because("the launcher survived SIGKILL");
      return end();
    }
    if (!state_.kill_sent && now_ - state_.verdict->at >= limits_.leave) {
      act(Notify{
          concat("the training is over, but ", state_.facts.launcher, " did not end; killing it"),
          LogExcerpt{state_.generation, std::nullopt}});
      because("the launcher did not end");
      kill();
    }
    return;
  }
  watch_over_limits();
}

/// Something has to happen within a time of its own in every stage before the verdict.
void Turn::watch_over_limits() {
  if (state_.stage == Stage::recovering) {
    if (state_.launcher_is_running && now_ - *state_.kill_sent >= limits_.kill) {
      act(Notify{concat(state_.facts.launcher, " is still there after SIGKILL; giving up on it"),
                 std::nullopt});
      because("the launcher survived SIGKILL");
      state_.launcher_is_running = false;
      return decide_end(run::Status::failed,
                        concat(state_.failure, "; ", state_.facts.launcher,
                               " survived SIGKILL, so nothing could be launched again"),
                        exit_code::kSoftware);
    }
    return launch_when_it_is_time();
  }
  if (state_.stop_signal) {
    const Clock::duration patience =
        is_preemption(*state_.stop_signal) ? limits_.grace : limits_.stop;
    if (now_ - state_.stop_asked >= patience) {
      return stop_at_once(concat("killed at step ", state_.steps,
                                 ": the workers did not stop within ", seconds_text(patience)));
    }
  }
  if (state_.first_sign) {
    if (now_ - *state_.first_sign < limits_.evidence) return;
    state_.first_sign = first_sign(state_);
    if (now_ - *state_.first_sign >= limits_.evidence) {
      fail(first_failure(state_), *state_.first_sign);
    }
    return;
  }
  const Clock::duration patience = state_.is_adopted ? limits_.adopt : limits_.connect;
  if (state_.stage == Stage::connecting && now_ - state_.launched >= patience) {
    return fail({.reason = concat("not every worker connected within ", seconds_text(patience),
                                  "; missing: ", missing_ranks(state_)),
                 .advice = {},
                 .excerpt = LogExcerpt{state_.generation, std::nullopt},
                 .exit_status = exit_code::kSoftware,
                 .how = "connect"},
                now_);
  }
  if (state_.stage == Stage::running) watch_over_stalls();
}

void Turn::watch_over_stalls() {
  const Stall evicted = stall_to_evict(state_, now_, limits_);
  if (!evicted.ranks.empty()) {
    return fail({.reason = "stalled: " + stall_text(state_, evicted),
                 .advice = "where that is not too long for a step, set cluster.stall_timeout",
                 .excerpt = LogExcerpt{state_.generation, evicted.ranks.front()},
                 .exit_status = exit_code::kSoftware,
                 .how = "stalled"},
                now_);
  }
  const Stall named = stall_to_name(state_, now_, limits_);
  if (named.ranks.empty()) return;
  const std::string text = stall_text(state_, named);
  because(text);
  act(Notify{text + concat("; evicted after ", seconds_text(stall_timeout(state_, limits_))),
             std::nullopt});
  for (const auto& ranks : {named.ranks, named.waiting}) {
    for (const int rank : ranks) {
      state_.workers[static_cast<std::size_t>(rank)].stall_is_named = true;
    }
  }
}

}  // namespace muster::coordinator
