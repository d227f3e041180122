#include "coordinator/core/decide.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "common/text.h"
#include "coordinator/core/evidence.h"
#include "coordinator/core/outcome.h"

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

/// One call of on(): handles one event, gathering the decision.
class Turn {
 public:
  Turn(State& state, TimePoint now, const Limits& limits)
      : state_(state), now_(now), limits_(limits) {}

  Decision take() { return std::move(decision_); }

  void on(const Started& event);
  void on(const WorkerConnected& event);
  void on(const WorkerSpoke& event);
  void on(const ConnectionLost& event);
  void on(const LauncherExited& event);
  void on(const LaunchFailed& event);
  void on(const Interrupted& event);
  void on(const Tick& event);

 private:
  // What a worker says. `rank` is in range, and it speaks on its present connection.
  void said(int rank, const wire::Hello& message);
  void said(int rank, const wire::Heartbeat& message);
  void said(int rank, const wire::MetricsLine& message);
  void said(int rank, const wire::CheckpointWritten& message);
  void said(int rank, const wire::Finished& message);
  void said(int rank, const wire::Failed& message);
  void said(int rank, const wire::Stop& message);

  bool accepts(const WorkerConnected& event);
  void forget_false_alarm(Worker& worker);
  void enter_phase(Worker& worker, wire::Phase phase);
  Evidence& evidence_for(int rank);
  void send_stop(const Worker& worker);

  void conclude_when_evidence_is_complete();
  void conclude();
  void break_stop_off(const std::string& reason);
  void fail(std::string reason, int exit_status);
  void decide_end(run::Status status, std::string reason, int exit_status);
  void kill();
  void end_when_nothing_runs();
  void end();

  bool is_over() const { return state_.verdict.has_value(); }
  bool is_present(int rank, ConnectionId connection) const {
    return rank >= 0 && rank < static_cast<int>(state_.workers.size()) &&
           state_.workers[static_cast<std::size_t>(rank)].connection == connection;
  }

  template <class A>
  void act(A action) {
    decision_.actions.emplace_back(std::move(action));
  }
  void because(const std::string& reason) {
    if (!decision_.reason.empty()) decision_.reason += "; ";
    decision_.reason += reason;
  }
  void publish(run::State run_state, const std::string& reason) {
    if (state_.published == run_state) return;
    state_.published = run_state;
    act(PublishState{run_state, reason});
  }
  void refuse_connection(ConnectionId connection, const std::string& reason) {
    because("refused: " + reason);
    act(CloseConnection{connection});
  }

  State& state_;
  const TimePoint now_;
  const Limits& limits_;
  Decision decision_;
};

// --- start, connections
// ----------------------------------------------------------------------------

void Turn::on(const Started&) {
  if (state_.stage != Stage::ready) return because("refused: the run has been started already");
  state_.stage = Stage::connecting;
  state_.started = state_.launched = now_;
  state_.generation = 1;
  state_.workers.assign(static_cast<std::size_t>(state_.facts.workers), Worker{});
  state_.connected = state_.deaths = 0;
  state_.launcher_is_running = true;
  const std::string reason =
      concat("launching generation ", state_.generation, ", ", state_.facts.workers, " workers");
  because(reason);
  publish(run::State::starting, reason);
  act(LaunchGeneration{state_.generation});
}

bool Turn::accepts(const WorkerConnected& event) {
  const wire::Hello& hello = event.hello;
  if (is_present(hello.rank, event.connection)) {
    because(concat("refused: worker ", hello.rank, " said Hello twice"));
    return false;
  }
  if (state_.stage == Stage::ready || is_over()) {
    refuse_connection(event.connection, concat("worker ", hello.rank, ": no world is running"));
    return false;
  }
  if (hello.generation != state_.generation) {
    refuse_connection(event.connection,
                      concat("worker ", hello.rank, " is of generation ", hello.generation,
                             ", the present one is ", state_.generation));
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
    return fail(
        concat("worker ", hello.rank, " on ", hello.host, " (pid ", hello.pid,
               ") found a world of ", hello.world, " ranks instead of ", state_.facts.workers),
        exit_code::kSoftware);
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
  if (state_.stop_signal) send_stop(worker);
  if (state_.stage == Stage::connecting && state_.connected == state_.facts.workers) {
    state_.stage = Stage::running;
    because("the world is complete");
    if (const auto run_state = run_state_of(state_.workers.front().phase)) {
      publish(*run_state, "all workers are connected");
    }
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

// --- what workers say
// ------------------------------------------------------------------------------

void Turn::on(const WorkerSpoke& event) {
  if (event.generation != state_.generation) {
    return refuse_connection(event.connection, concat("a message of generation ", event.generation,
                                                      ", the present one is ", state_.generation));
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

void Turn::said(int rank, const wire::Heartbeat& message) {
  Worker& worker = state_.workers[static_cast<std::size_t>(rank)];
  if (message.operations > worker.operations) worker.last_progress = now_;
  worker.operations = std::max(worker.operations, message.operations);
  worker.step = std::max(worker.step, message.step);
  state_.steps = std::max(state_.steps, message.step);
  if (message.phase != worker.phase) enter_phase(worker, message.phase);
  if (rank != 0 || state_.stage != Stage::running) return;
  if (const auto run_state = run_state_of(message.phase)) {
    publish(*run_state, concat("worker 0, step ", message.step));
  }
}

void Turn::enter_phase(Worker& worker, wire::Phase phase) {
  if (worker.phase == wire::Phase::training) worker.stepping += now_ - worker.phase_since;
  worker.phase = phase;
  worker.phase_since = now_;
}

void Turn::said(int rank, const wire::MetricsLine& message) {
  if (rank != 0) return because(concat("refused: metrics from worker ", rank));
  state_.steps = std::max(state_.steps, message.step);
  act(AppendMetrics{state_.generation, message});
}

void Turn::said(int rank, const wire::CheckpointWritten& message) {
  if (rank != 0) return because(concat("refused: a checkpoint from worker ", rank));
  state_.checkpoints.push_back(message);
  because(concat("checkpoint of step ", message.step));
  act(AnnounceCheckpoint{message});
}

void Turn::said(int rank, const wire::Finished& message) {
  if (rank != 0) return because(concat("refused: Finished from worker ", rank));
  if (is_over()) return because("the run's end has been decided before");
  state_.finished = message;
  if (!message.stopped) {
    return decide_end(run::Status::completed, concat("completed after step ", message.steps),
                      exit_code::kOk);
  }
  const std::string reason = concat("stopped after step ", message.steps);
  if (!state_.stop_signal) return decide_end(run::Status::stopped, reason, exit_code::kOk);
  if (*state_.stop_signal == SIGUSR1) {
    return decide_end(run::Status::preempted, reason, exit_code::kRequeue);
  }
  decide_end(run::Status::stopped, reason, exit_code::kSignal + *state_.stop_signal);
}

void Turn::said(int rank, const wire::Failed& message) {
  Worker& worker = state_.workers[static_cast<std::size_t>(rank)];
  worker.step = std::max(worker.step, message.step);
  because(concat("worker ", rank, " failed: ", message.code));
  if (is_over()) return;
  Evidence& evidence = evidence_for(rank);
  if (!evidence.said) evidence.said = message;
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
    if (state_.finished && !event.end.is_success() && !state_.kill_sent) {
      act(Notify{concat("the training was over, but then ", state_.facts.launcher, " ",
                        end_text(event.end)),
                 LogExcerpt{state_.generation, std::nullopt}});
    }
    return end_when_nothing_runs();
  }
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
  act(Notify{"the world could not be launched: " + event.message, std::nullopt});
  fail("the world could not be launched: " + event.message, exit_status(event.code));
}

// --- people and time
// -------------------------------------------------------------------------------

void Turn::send_stop(const Worker& worker) {
  act(SendStop{*worker.connection, "asked for by " + signal_text(*state_.stop_signal)});
}

void Turn::on(const Interrupted& event) {
  if (state_.stage == Stage::ended) return because("refused: the run has ended");
  const std::string signal = signal_text(event.signal);
  if (is_over()) {
    because(signal + " while ending: not waiting any longer");
    return kill();
  }
  if (state_.stage == Stage::ready || state_.stage == Stage::connecting) {
    decide_end(run::Status::stopped, "stopped by " + signal + " before the training began",
               exit_code::kSignal + event.signal);
    return kill();
  }
  if (state_.stop_signal) {
    break_stop_off(concat("killed at step ", state_.steps, " by ", signal,
                          ", the second one: steps after the last checkpoint are lost"));
    return;
  }
  state_.stop_signal = event.signal;
  state_.stop_asked = now_;
  because(signal + ": asking the workers to stop");
  act(Notify{"stopping: finishing the step and writing a checkpoint (once more to kill)",
             std::nullopt});
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
  if (state_.first_sign) {
    if (now_ - *state_.first_sign < limits_.evidence) return;
    state_.first_sign = first_sign(state_);
    if (now_ - *state_.first_sign >= limits_.evidence) conclude();
    return;
  }
  if (state_.stage == Stage::connecting && now_ - state_.launched >= limits_.connect) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limits_.connect).count();
    const std::string reason = concat("not every worker connected within ", seconds,
                                      " s; missing: ", missing_ranks(state_));
    act(Notify{reason, LogExcerpt{state_.generation, std::nullopt}});
    return fail(reason, exit_code::kSoftware);
  }
  if (state_.stop_signal && now_ - state_.stop_asked >= limits_.stop) {
    break_stop_off(
        concat("killed at step ", state_.steps, ": the workers did not stop when asked to"));
  }
}

// --- the end
// ---------------------------------------------------------------------------------------

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
  if (is_over() || !state_.launcher_end || state_.connected > 0) return;
  if (first_failure(state_).is_certain) conclude();
}

void Turn::conclude() {
  Failure failure = first_failure(state_);
  std::string text = failure.reason;
  if (!failure.advice.empty()) text += "\n" + failure.advice;
  act(Notify{std::move(text), failure.excerpt});
  fail(std::move(failure.reason), failure.exit_status);
}

/// The workers were asked to stop, and are not given the time for it.
void Turn::break_stop_off(const std::string& reason) {
  act(Notify{reason, std::nullopt});
  decide_end(run::Status::stopped, reason, exit_code::kSignal + *state_.stop_signal);
  kill();
}

/// Here recovery would decide between another generation and the end.
void Turn::fail(std::string reason, int exit_status) {
  decide_end(run::Status::failed, std::move(reason), exit_status);
  kill();
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
  for (Worker& worker : state_.workers) {
    if (worker.phase == wire::Phase::training) enter_phase(worker, wire::Phase::finished);
  }
  if (state_.stage == Stage::ready) state_.started = state_.launched = now_;
  state_.stage = Stage::ended;
  publish(final_state_of(state_.verdict->status), state_.verdict->reason);
  act(WriteSummary{summarize(state_, now_)});
  act(End{state_.verdict->exit_status});
}

}  // namespace

Decision on(State& state, const Event& event, TimePoint now, const Limits& limits) {
  Turn turn(state, now, limits);
  std::visit([&](const auto& happened) { turn.on(happened); }, event);
  return turn.take();
}

}  // namespace muster::coordinator
