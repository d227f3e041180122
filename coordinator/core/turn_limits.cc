#include <csignal>

#include "coordinator/core/stalls.h"
#include "coordinator/core/turn.h"

namespace muster::coordinator {

void Turn::send_stop(const Worker& worker) {
  const StopCause& cause = state_.stop->cause;
  act(SendStop{*worker.connection,
               "asked for by " + (cause.is_request() ? "muster stop" : signal_text(cause.signal))});
}

void Turn::on(const Interrupted& event) {
  if (state_.stage == Stage::ended) return because("refused: the run has ended");
  const std::string signal = signal_text(event.signal);
  if (is_over()) {
    because(signal + " while ending: not waiting any longer");
    return kill();
  }
  if (!state_.stop) return stop({event.signal}, signal);
  // Only a person presses Ctrl-C. A closed terminal sends SIGHUP twice, a batch system SIGTERM
  // after its announcement, the kernel SIGTERM when the parent dies.
  if (event.signal == SIGINT) {
    return stop_at_once(concat("killed at step ", state_.steps, " by ", signal,
                               " while stopping: steps after the last checkpoint are lost"));
  }
  std::string text = signal + ": the workers have been asked to stop before";
  if (StopCause{event.signal}.is_preemption() && now_ + limits_.grace < state_.stop->deadline) {
    state_.stop->deadline = now_ + limits_.grace;
    text += concat("; they have ", seconds_text(limits_.grace), " left");
  }
  because(text);
}

void Turn::on(const StopRequested& event) {
  if (state_.stage == Stage::ended) return because("refused: the run has ended");
  if (is_over() || state_.stop) {
    return because(event.reason + ": the run has been asked to stop before");
  }
  stop({}, event.reason);
}

/// Asked for by `who`, for the first time.
void Turn::stop(const StopCause& cause, const std::string& who) {
  state_.stop = Stop{.cause = cause,
                     .deadline = now_ + (cause.is_preemption() ? limits_.grace : limits_.stop)};
  const bool is_recovering = state_.stage == Stage::recovering;
  // An adopted world has trained on, nobody knows how far.
  const bool has_not_begun = state_.stage == Stage::connecting && !state_.is_adopted;
  if (!state_.has_been_complete || (has_not_begun && is_kept())) {
    decide_end(status_after(cause), "stopped by " + who + " before the training began",
               exit_status_after_stop(is_kept()));
    return kill();
  }
  because(who + ": asking the workers to stop");
  const std::string bound =
      cause.is_preemption() ? concat(" within ", seconds_text(limits_.grace)) : "";
  act(Notify{concat(is_recovering ? "stopping: recovering, to write a checkpoint"
                                  : "stopping: finishing the step and writing a checkpoint",
                    bound, cause.signal == SIGINT ? " (once more to kill)" : " (Ctrl-C to kill)"),
             std::nullopt});
  if (is_recovering) {
    state_.launch_at = now_;  // What can still be kept is worth no wait.
    return launch_when_it_is_time();
  }
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
  if (state_.stop && now_ >= state_.stop->deadline) {
    return stop_at_once(
        concat("killed at step ", state_.steps, ": the workers did not stop in time"));
  }
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
