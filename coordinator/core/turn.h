// One call of on(): handles one event, gathering the decision. Part of decide.cc, split by subject:
//   decide.cc       start, connections, launcher
//   turn_speech.cc  what workers say
//   turn_limits.cc  people, time and stalls
//   turn_end.cc     failures: another generation, or the end
#pragma once

#include <string>
#include <utility>

#include "common/text.h"
#include "coordinator/core/actions.h"
#include "coordinator/core/evidence.h"
#include "coordinator/core/recovery.h"
#include "coordinator/core/state.h"

namespace muster::coordinator {

/// How a run ends that `cause` has stopped.
run::Status status_after(const StopCause& cause);

/// "25 s"
std::string seconds_text(Clock::duration length);

class Turn {
 public:
  Turn(State& state, TimePoint now, const Limits& limits)
      : state_(state), now_(now), limits_(limits) {}

  Decision take() { return std::move(decision_); }

  void on(const Started& event);
  void on(const Adopted& event);
  void on(const WorkerConnected& event);
  void on(const WorkerSpoke& event);
  void on(const ConnectionLost& event);
  void on(const LauncherExited& event);
  void on(const LaunchFailed& event);
  void on(const Interrupted& event);
  void on(const StopRequested& event);
  void on(const Tick& event);

 private:
  // What a worker says. `rank` is in range, and it speaks on its present connection.
  void said(int rank, const wire::Hello& message);
  void said(int rank, const wire::Heartbeat& message);
  void said(int rank, const wire::Restored& message);
  void said(int rank, const wire::MetricsLine& message);
  void said(int rank, const wire::CheckpointWritten& message);
  void said(int rank, const wire::CheckpointFailed& message);
  void said(int rank, const wire::Remark& message);
  void said(int rank, const wire::Finished& message);
  void said(int rank, const wire::Failed& message);
  void said(int rank, const wire::Stop& message);
  void said(int rank, const wire::Taken& message);
  void said(int rank, const wire::Replaced& message);

  bool accepts(const WorkerConnected& event);
  void forget_false_alarm(Worker& worker);
  void enter_phase(Worker& worker, wire::Phase phase);
  Evidence& evidence_for(int rank);
  void send_stop(const Worker& worker);
  void stop(const StopCause& cause, const std::string& who);
  void watch_over_limits();
  void watch_over_stalls();

  void conclude_when_evidence_is_complete();
  void fail(Failure failure, TimePoint noticed);
  void recover(const Failure& failure, const Remedy& remedy);
  void recover_again();
  void end_as_decided(const Adopted& event);
  void launch_when_it_is_time();
  void launch();
  void stop_at_once(const std::string& reason);
  bool is_kept() const;
  int exit_status_after_stop(bool is_kept) const;
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
  void publish_phase(wire::Phase phase, const std::string& reason);
  void refuse_connection(ConnectionId connection, const std::string& reason) {
    because("refused: " + reason);
    act(CloseConnection{connection});
  }

  /// A worker that is of an older one ends.
  void refuse_generation(ConnectionId connection, Generation generation, const std::string& what) {
    if (generation > state_.generation) {
      return refuse_connection(connection,
                               concat(what, ", the present one is ", state_.generation));
    }
    because(concat("refused: ", what, ", the present one is ", state_.generation));
    act(DismissWorker{connection, state_.generation});
  }

  State& state_;
  const TimePoint now_;
  const Limits& limits_;
  Decision decision_;
};

}  // namespace muster::coordinator
