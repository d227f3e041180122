#include <algorithm>
#include <utility>

#include "coordinator/core/turn.h"

namespace muster::coordinator {
namespace {

/// The state of a run in which rank 0 is in `phase`; empty for a phase that changes nothing.
std::optional<run::State> run_state_of(wire::Phase phase) {
  switch (phase) {
    case wire::Phase::starting:
      return run::State::starting;
    case wire::Phase::loading:
      return run::State::loading;
    case wire::Phase::training:
      return run::State::training;
    case wire::Phase::evaluating:
      return run::State::evaluating;
    case wire::Phase::saving:
      return run::State::saving;
    case wire::Phase::finished:
      return std::nullopt;
  }
  return std::nullopt;
}

/// A worker in this phase has loaded its state, whether or not it was heard to say so: the
/// coordinator that it told may have died before it wrote that down.
bool has_restored(wire::Phase phase) {
  return phase != wire::Phase::starting && phase != wire::Phase::loading;
}

/// "0.7 s"
std::string tenths_text(Clock::duration length) {
  const auto tenths =
      std::chrono::round<std::chrono::duration<std::int64_t, std::deci>>(length).count();
  return concat(tenths / 10, ".", tenths % 10, " s");
}

}  // namespace

void Turn::on(const WorkerSpoke& event) {
  if (event.generation != state_.generation) {
    return refuse_generation(event.connection, event.generation,
                             concat("a message of generation ", event.generation));
  }
  if (state_.stage == Stage::ended) return because("refused: the run has ended");
  if (!is_present(event.rank, event.connection)) {
    return refuse_connection(event.connection,
                             concat("worker ", event.rank, " does not speak on this connection"));
  }
  state_.workers[static_cast<std::size_t>(event.rank)].last_heard = now_;
  std::visit([&](const auto& message) { said(event.rank, message); }, event.message);
}

void Turn::said(int rank, const wire::Hello&) {
  because(concat("refused: worker ", rank, " said Hello twice"));
}

void Turn::said(int rank, const wire::Stop&) {
  because(concat("refused: worker ", rank, " sent a message for workers"));
}

void Turn::said(int rank, const wire::Taken&) {
  because(concat("refused: worker ", rank, " sent a message for workers"));
}

void Turn::said(int rank, const wire::Replaced&) {
  because(concat("refused: worker ", rank, " sent a message for workers"));
}

void Turn::said(int rank, const wire::Heartbeat& message) {
  Worker& worker = state_.workers[static_cast<std::size_t>(rank)];
  if (state_.is_adopted && !state_.restored && rank == 0 && has_restored(message.phase)) {
    restored(state_, {.step = message.step, .source = "as it was taken over"}, now_);
  }
  if (message.operations > worker.operations || message.phase != worker.phase) {
    if (worker.stall_is_named) because(concat("worker ", rank, " gets on again"));
    worker.stall_is_named = false;
    worker.last_progress = now_;
  }
  worker.operations = std::max(worker.operations, message.operations);
  worker.step = std::max(worker.step, message.step);
  completed(state_, message.step, now_);
  if (message.phase != worker.phase) enter_phase(worker, message.phase);
  if (rank != 0 || state_.stage != Stage::running) return;
  publish_phase(message.phase, concat("worker 0, step ", message.step));
}

/// While recovering, what comes before the training is not worth a state of its own.
void Turn::publish_phase(wire::Phase phase, const std::string& reason) {
  const auto run_state = run_state_of(phase);
  const bool is_before = phase == wire::Phase::starting || phase == wire::Phase::loading;
  if (run_state && !(is_before && state_.published == run::State::recovering))
    publish(*run_state, reason);
}

void Turn::enter_phase(Worker& worker, wire::Phase phase) {
  if (worker.phase == wire::Phase::training) worker.stepping += now_ - worker.phase_since;
  worker.phase = phase;
  worker.phase_since = now_;
}

void Turn::said(int rank, const wire::Restored& message) {
  if (rank != 0) return because(concat("refused: Restored from worker ", rank));
  if (state_.restored) return because("refused: worker 0 said Restored twice");
  const std::int64_t lost = std::max<std::int64_t>(0, state_.redo_until - message.step);
  const std::string place = concat("going on after step ", message.step, " (", message.source, ")");
  because(place);
  const auto& open = state_.recoveries.open;
  if (!open.empty()) {
    act(Notify{concat("back after ", tenths_text(now_ - open.back()), ": ", place, "; ", lost,
                      lost == 1 ? " step" : " steps", " redone"),
               std::nullopt});
  } else if (message.step > 0) {
    act(Notify{place, std::nullopt});
  }
  restored(state_, message, now_);
}

void Turn::said(int rank, const wire::MetricsLine& message) {
  if (rank != 0) return because(concat("refused: metrics from worker ", rank));
  completed(state_, message.step, now_);
  act(AppendMetrics{state_.generation, message});
}

void Turn::said(int rank, const wire::CheckpointWritten& message) {
  if (rank != 0) return because(concat("refused: a checkpoint from worker ", rank));
  // After a restart a step's checkpoint may be written, or found to be there, once more.
  std::erase_if(state_.checkpoints, [&](const auto& old) { return old.step >= message.step; });
  state_.checkpoints.push_back(message);
  because(concat("checkpoint of step ", message.step));
  act(AnnounceCheckpoint{message});
}

void Turn::said(int rank, const wire::CheckpointFailed& message) {
  if (rank != 0) return because(concat("refused: a checkpoint from worker ", rank));
  state_.checkpoint_failures.push_back(message.step);
  const std::string what =
      concat("the checkpoint of step ", message.step, " could not be written: ", message.reason);
  because(what);
  act(Notify{what + "\ntraining goes on; the one before it stays, and the next one will be tried",
             std::nullopt});
}

void Turn::said(int rank, const wire::Remark& message) {
  if (rank != 0) return because(concat("refused: a remark from worker ", rank));
  because(message.text);
  act(Notify{message.text, std::nullopt});
}

void Turn::said(int rank, const wire::Finished& message) {
  if (rank != 0) return because(concat("refused: Finished from worker ", rank));
  if (is_over()) return because("the run's end has been decided before");
  completed(state_, message.steps, now_);
  state_.finished = message;
  if (!message.stopped) {
    return decide_end(run::Status::completed, concat("completed after step ", message.steps),
                      exit_code::kOk);
  }
  const std::string reason = concat("stopped after step ", message.steps);
  if (!state_.stop) return decide_end(run::Status::stopped, reason, exit_code::kOk);
  // The checkpoint of a world that had to go back to an earlier step is the best that there is.
  const bool is_last =
      !state_.checkpoints.empty() && state_.checkpoints.back().step == message.steps;
  decide_end(status_after(state_.stop->cause), reason,
             exit_status_after_stop(is_last || is_kept()));
}

void Turn::said(int rank, const wire::Failed& message) {
  Worker& worker = state_.workers[static_cast<std::size_t>(rank)];
  worker.step = std::max(worker.step, message.step);
  completed(state_, message.step, now_);
  because(concat("worker ", rank, " failed: ", message.code));
  if (is_over()) return;
  Evidence& evidence = evidence_for(rank);
  if (!evidence.said) evidence.said = message;
}

}  // namespace muster::coordinator
