#include "coordinator/core/decide.h"

#include "coordinator/core/turn.h"

namespace muster::coordinator {

// --- start, connections
// ----------------------------------------------------------------------------

void Turn::on(const Started&) {
  if (state_.stage != Stage::ready) return because("refused: the run has been started already");
  state_.started = now_;
  // Whoever goes on with a run that had ended has seen to what made it fail.
  state_.recoveries.counted = 0;
  launch();
}

void Turn::on(const Adopted& event) {
  if (state_.stage != Stage::ready) return because("refused: the run has been started already");
  state_.started = now_;
  if (state_.generation == 0) return launch();  // The one before had not come so far.
  adopt_generation(state_, event, now_, limits_);
  state_.stage = Stage::connecting;
  if (event.left.ending) return end_as_decided(event);
  const std::string text = concat(
      "the coordinator died; another one has taken its place, with generation ", state_.generation);
  because(text);
  act(Notify{text, std::nullopt});
  publish(run::State::recovering, text);
  if (event.left.is_recovering) return recover_again();
  if (event.launcher_is_running) return;
  state_.launcher_end = ProcessEnd{.is_known = false};
  if (state_.stop && is_kept()) {  // It did as it was told, and nobody heard that it had finished.
    return decide_end(status_after(state_.stop->cause),
                      concat("stopped with the checkpoint of step ", state_.furthest),
                      exit_status_after_stop(true));
  }
  fail({.reason = concat(state_.facts.launcher, " ended while no coordinator was there"),
        .advice = {},
        .excerpt = LogExcerpt{state_.generation, std::nullopt},
        .exit_status = exit_code::kSoftware,
        .how = "launcher"},
       now_);
}

/// The coordinator before this one knew how the run ends; what was left to do is the summary.
void Turn::end_as_decided(const Adopted& event) {
  const Ending& ending = *event.left.ending;
  because(concat("the coordinator died while the run ended: ", ending.reason));
  state_.finished = event.left.finished;
  state_.stage = Stage::ending;
  state_.verdict = Verdict{.status = ending.status,
                           .reason = ending.reason,
                           .exit_status = ending.exit_status,
                           .at = now_};
  if (!state_.finished) kill();
  end_when_nothing_runs();
}

/// The failure has been counted by the coordinator before this one.
void Turn::recover_again() {
  state_.stage = Stage::recovering;
  state_.failure = "the generation had failed before";
  state_.launch_at = now_;
  kill();
  launch_when_it_is_time();
}

void Turn::launch() {
  begin_generation(state_, now_);
  state_.stage = Stage::connecting;
  const std::string reason =
      concat("launching generation ", state_.generation, ", ", state_.facts.workers, " workers");
  because(reason);
  if (state_.published == run::State::queued) publish(run::State::starting, reason);
  act(LaunchGeneration{state_.generation});
}

bool Turn::accepts(const WorkerConnected& event) {
  const wire::Hello& hello = event.hello;
  if (is_present(hello.rank, event.connection)) {
    because(concat("refused: worker ", hello.rank, " said Hello twice"));
    return false;
  }
  if (hello.generation != state_.generation) {
    refuse_generation(event.connection, hello.generation,
                      concat("worker ", hello.rank, " is of generation ", hello.generation));
    return false;
  }
  // A worker of a world that was taken over may have more to say before it leaves.
  const bool has_no_world = state_.stage == Stage::ready || state_.stage == Stage::recovering ||
                            state_.stage == Stage::ended;
  const bool is_leaving = is_over() && (!state_.is_adopted || hello.world != state_.facts.workers);
  if (has_no_world || is_leaving) {
    refuse_connection(event.connection, concat("worker ", hello.rank, ": no world is running"));
    return false;
  }
  if (hello.rank < 0 || hello.rank >= state_.facts.workers) {
    refuse_connection(event.connection, concat("worker ", hello.rank, ": there are only ",
                                               state_.facts.workers, " workers"));
    return false;
  }
  const Worker& worker = state_.workers[static_cast<std::size_t>(hello.rank)];
  if (event.connection <= worker.newest_connection) {
    refuse_connection(event.connection,
                      concat("worker ", hello.rank, " has had a later connection than this"));
    return false;
  }
  if (worker.connection && (worker.pid != hello.pid || worker.host != hello.host)) {
    refuse_connection(event.connection,
                      concat("worker ", hello.rank, " is already connected, from ", worker.host,
                             " (pid ", worker.pid, ")"));
    return false;
  }
  return true;
}

void Turn::on(const WorkerConnected& event) {
  if (!accepts(event)) return;
  const wire::Hello& hello = event.hello;
  if (hello.world != state_.facts.workers) {
    refuse_connection(event.connection, "the world has another size");
    act(Notify{concat("worker ", hello.rank, " on ", hello.host, " found a world of ", hello.world,
                      " ranks where ", state_.facts.workers,
                      " were launched: is it linked with the MPI that ", state_.facts.launcher,
                      " belongs to?"),
               std::nullopt});
    decide_end(
        run::Status::failed,
        concat("worker ", hello.rank, " on ", hello.host, " (pid ", hello.pid,
               ") found a world of ", hello.world, " ranks instead of ", state_.facts.workers),
        exit_code::kSoftware);
    return kill();
  }
  Worker& worker = state_.workers[static_cast<std::size_t>(hello.rank)];
  if (worker.connection) act(CloseConnection{*worker.connection});
  if (!worker.connection) ++state_.connected;
  worker.connection = worker.newest_connection = event.connection;
  worker.host = hello.host;
  worker.pid = hello.pid;
  worker.last_heard = worker.last_progress = now_;
  because(concat("worker ", hello.rank, " on ", hello.host, " (pid ", hello.pid, ") connected"));
  forget_false_alarm(worker);
  if (state_.stop) send_stop(worker);
  if (state_.stage == Stage::connecting && state_.connected == state_.facts.workers) {
    state_.stage = Stage::running;
    state_.has_been_complete = true;
    because("the world is complete");
    publish_phase(state_.workers.front().phase, "all workers are connected");
  }
}

/// A worker that is back after its connection broke is not dead.
void Turn::forget_false_alarm(Worker& worker) {
  if (!worker.death || worker.death->said || worker.death->ended) return;
  worker.death.reset();
  --state_.deaths;
  because("its connection was lost, and is back");
  if (state_.deaths == 0 && !state_.launcher_end) state_.first_sign.reset();
}

void Turn::on(const ConnectionLost& event) {
  if (event.generation != state_.generation) return because("refused: an older generation's");
  if (!is_present(event.rank, event.connection)) {
    return because("refused: a connection of the past");
  }
  Worker& worker = state_.workers[static_cast<std::size_t>(event.rank)];
  worker.connection.reset();
  --state_.connected;
  if (is_over()) return;
  because(concat("worker ", event.rank, " is no longer connected: ", event.why));
  // Others may leave when they have finished; worker 0 owes a last message.
  if (worker.phase != wire::Phase::finished || worker.death || event.rank == 0) {
    evidence_for(event.rank).lost = event.why;
  }
  conclude_when_evidence_is_complete();
}

// --- the launcher
// ----------------------------------------------------------------------------------

void Turn::on(const LauncherExited& event) {
  if (event.generation != state_.generation) return because("refused: an older generation's");
  if (!state_.launcher_is_running) return because("refused: it has been gone before");
  state_.launcher_is_running = false;
  state_.launcher_end = event.end;
  because(concat(state_.facts.launcher, " ", end_text(event.end)));
  if (is_over()) {
    if (state_.finished && event.end.is_known && !event.end.is_success() && !state_.kill_sent) {
      act(Notify{concat("the training was over, but then ", state_.facts.launcher, " ",
                        end_text(event.end)),
                 LogExcerpt{state_.generation, std::nullopt}});
    }
    return end_when_nothing_runs();
  }
  if (state_.stage == Stage::recovering) return launch_when_it_is_time();
  if (!state_.first_sign) state_.first_sign = now_;
  if (event.reported && event.reported->rank >= 0 && event.reported->rank < state_.facts.workers) {
    Worker& worker = state_.workers[static_cast<std::size_t>(event.reported->rank)];
    if (worker.host.empty()) {
      worker.host = event.reported->host;
      worker.pid = event.reported->pid;
    }
    evidence_for(event.reported->rank).ended = event.reported->end;
  }
  conclude_when_evidence_is_complete();
}

void Turn::on(const LaunchFailed& event) {
  if (event.generation != state_.generation || !state_.launcher_is_running) {
    return because("refused: an older generation's");
  }
  state_.launcher_is_running = false;
  if (is_over()) return end_when_nothing_runs();
  if (state_.stage == Stage::recovering) return launch_when_it_is_time();
  fail({.reason = "the world could not be launched: " + event.message,
        .advice = {},
        .excerpt = {},
        .exit_status = exit_status(event.code),
        .how = "launch"},
       now_);
}

Decision on(State& state, const Event& event, TimePoint now, const Limits& limits) {
  Turn turn(state, now, limits);
  std::visit([&](const auto& happened) { turn.on(happened); }, event);
  return turn.take();
}

}  // namespace muster::coordinator
