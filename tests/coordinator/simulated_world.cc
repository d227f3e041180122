// Workers, launcher and network of a Simulation.
#include <algorithm>
#include <csignal>
#include <utility>

#include "common/text.h"
#include "tests/coordinator/simulation.h"

namespace muster::coordinator {
namespace {

/// Of a large world only some speak in one step: heartbeats come once a second.
constexpr double kHeartbeatsPerStep = 64;

}  // namespace

void Simulation::launch() {
  workers_.assign(static_cast<std::size_t>(workers()), SimulatedWorker{});
  outcome_.launcher_runs = true;
  here_ = 0;
  fault_has_happened_ = network_has_shaken_ = stop_is_heard_ = false;
  for (int rank = 0; rank < workers(); ++rank) {
    worker(rank).is_alive = true;
    if (outcome_.fault == Fault::never_connects && rank == outcome_.culprit) continue;
    in_world(milliseconds(100, 500), [this, rank] { connect(rank); });
  }
  in_world(milliseconds(100, 200), [this] { begin(); });
  if (outcome_.fault != Fault::launcher_killed) return;
  in_world(milliseconds(10, 1000), [this] {
    if (outcome_.launcher_runs) end_launcher({.exit_code = 0, .signal = SIGKILL}, std::nullopt);
  });
}

void Simulation::connect(int rank) {
  if (!worker(rank).is_alive) return;
  const ConnectionId connection{++last_connection_};
  worker(rank).connection = connection;
  worker(rank).last_arrival = std::max(now_, worker(rank).last_arrival) + milliseconds(0, 20);
  arrive(rank, connection);
}

void Simulation::arrive(int rank, ConnectionId connection) {
  at(worker(rank).last_arrival, [this, rank, connection, generation = state_.generation] {
    tell_arrival(rank, connection, generation);
  });
}

void Simulation::tell_arrival(int rank, ConnectionId connection, Generation generation) {
  if (generation == state_.generation) ++here_;
  const int found = outcome_.fault == Fault::wrong_world ? workers() + 1 : workers();
  tell(WorkerConnected{connection, wire::Hello{.rank = rank,
                                               .world = found,

                                               .generation = generation,
                                               .host = "n1",
                                               .pid = pid_of(rank),
                                               .version = "0"}});
}

/// When all workers are there they load the newest state that was kept, and go on from it.
void Simulation::begin() {
  if (!outcome_.launcher_runs) return;
  if (!everyone_is_here()) return in_world(milliseconds(10, 100), [this] { begin(); });
  outcome_.was_complete = true;
  const std::int64_t lost = static_cast<std::int64_t>(random_() % 5);
  steps_done_ = state_.generation == 1 ? 0 : std::max<std::int64_t>(0, steps_done_ - lost);
  for (int rank = 0; rank < workers(); ++rank) {
    say(rank, wire::Heartbeat{.phase = wire::Phase::loading, .step = 0, .operations = 0});
  }
  if (state_.generation > 1 || chance(0.5)) {
    say(0, wire::Restored{.step = steps_done_, .source = "snapshot"});
  }
  // The world may have died between its last step and its end.
  const bool is_done = steps_done_ >= outcome_.total_steps;
  in_world(milliseconds(0, 100), [this, is_done] { is_done ? finish() : step(); });
}

/// One step of all workers together, when all of them are there; then the next.
void Simulation::step() {
  if (!outcome_.launcher_runs || fault_has_happened_) return;
  if (!everyone_is_here()) return in_world(milliseconds(10, 100), [this] { step(); });
  if (is_hit()) return;
  if (outcome_.fault == Fault::network_shakes && steps_done_ >= fault_step_) shake_network();
  ++steps_done_;
  ++outcome_.steps_executed;
  const bool is_slow = steps_done_ >= outcome_.total_steps;
  const double speaks = is_slow ? 1 : kHeartbeatsPerStep / workers();
  for (int rank = 0; rank < workers(); ++rank) {
    if (rank != 0 && !chance(speaks)) continue;
    say(rank, wire::Heartbeat{
                  .phase = wire::Phase::training, .step = steps_done_, .operations = steps_done_});
    if (chance(shakiness_)) break_connection_for_a_moment(rank);
  }
  say(0, wire::MetricsLine{.step = steps_done_, .epoch = 0, .values = {}});
  const bool ignores = outcome_.fault == Fault::ignores_stop;
  const bool is_last = steps_done_ >= outcome_.total_steps || stop_is_heard_;
  if (is_last && !ignores) return in_world(milliseconds(0, 5), [this] { finish(); });
  // Steps beyond the last are there to be waited for, not to be counted.
  const int slowness = steps_done_ < outcome_.total_steps ? 1 : 100;
  in_world(slowness * milliseconds(10, 50), [this] { step(); });
}

/// The fault's moment has come, and the world with it to its end.
bool Simulation::is_hit() {
  if (steps_done_ < fault_step_) return false;
  switch (outcome_.fault) {
    case Fault::killed:
    case Fault::killed_unnoticed:
    case Fault::node_lost:
    case Fault::survives_kill:
      die({.exit_code = 0, .signal = SIGKILL});
      return true;
    case Fault::said_corrupt:
    case Fault::said_storage: {
      const bool is_corrupt = outcome_.fault == Fault::said_corrupt;
      say(outcome_.culprit, wire::Failed{.code = is_corrupt ? "corrupt" : "storage",
                                         .message = is_corrupt ? "bad data" : "no space",
                                         .hint = "",
                                         .step = steps_done_});
      die({.exit_code = is_corrupt ? 65 : 74, .signal = 0});
      return true;
    }
    case Fault::stopped:
    case Fault::stuck:
      fault_has_happened_ = true;
      stall();
      return true;
    default:
      return false;
  }
}

/// Heartbeats go on, but of a worker that is stopped; what they tell does not.
void Simulation::stall() {
  if (!outcome_.launcher_runs) return;
  for (int rank = 0; rank < workers(); ++rank) {
    const bool is_culprit = rank == outcome_.culprit;
    if (is_culprit && outcome_.fault == Fault::stopped) continue;
    say(rank, wire::Heartbeat{.phase = wire::Phase::training,
                              .step = steps_done_,
                              .operations = steps_done_ + (is_culprit ? 0 : 1)});
  }
  in_world(std::chrono::seconds(1), [this] { stall(); });
}

void Simulation::shake_network() {
  if (std::exchange(network_has_shaken_, true)) return;
  for (int i = 0; i < 60; ++i) {
    const int rank = static_cast<int>(random_() % static_cast<unsigned>(workers()));
    in_world(milliseconds(0, 1500), [this, rank] {
      const bool is_away = now_ < worker(rank).last_arrival;
      if (worker(rank).is_alive && !is_away) break_connection_for_a_moment(rank);
    });
  }
}

void Simulation::finish() {
  if (!outcome_.launcher_runs) return;
  for (int rank = 0; rank < workers(); ++rank) {
    say(rank, wire::Heartbeat{
                  .phase = wire::Phase::finished, .step = steps_done_, .operations = steps_done_});
    if (rank == 0) {
      say(rank, wire::CheckpointWritten{.step = steps_done_, .path = "", .model_sha256 = ""});
      say(rank, wire::Finished{.stopped = steps_done_ < outcome_.total_steps,
                               .steps = steps_done_,
                               .epochs = 0,
                               .samples_seen = 0,
                               .eval = {},
                               .model_sha256 = "",
                               .training_samples = 0,
                               .training_seconds = 0,
                               .snapshot_seconds = 0,
                               .checkpoint_seconds = 0});
    }
    hang_up(rank, "end of file");
    worker(rank).is_alive = false;
  }
  if (outcome_.fault == Fault::hangs_at_end) return;
  in_world(milliseconds(5, 60), [this] { end_launcher({}, std::nullopt); });
}

void Simulation::say(int rank, wire::Message message) {
  if (!worker(rank).connection) return;
  worker(rank).last_arrival = std::max(now_, worker(rank).last_arrival) + milliseconds(0, 20);
  at(worker(rank).last_arrival, [this, rank, connection = *worker(rank).connection,
                                 generation = state_.generation, message = std::move(message)] {
    tell(WorkerSpoke{connection, generation, rank, message});
  });
}

void Simulation::hang_up(int rank, const std::string& why) {
  if (!worker(rank).connection) return;
  worker(rank).last_arrival = std::max(now_, worker(rank).last_arrival) + milliseconds(0, 20);
  at(worker(rank).last_arrival,
     [this, rank, why, connection = *worker(rank).connection, generation = state_.generation] {
       tell(ConnectionLost{connection, generation, rank, why});
     });
}

/// No step is taken until it is back, and known to be: what is lost later is not confused with it.
void Simulation::break_connection_for_a_moment(int rank) {
  hang_up(rank, "connection reset by peer");
  --here_;
  const ConnectionId connection{++last_connection_};
  worker(rank).connection = connection;
  worker(rank).last_arrival += milliseconds(1, 200);
  arrive(rank, connection);
}

void Simulation::die(ProcessEnd end) {
  fault_has_happened_ = true;
  for (int rank = outcome_.culprit; rank <= outcome_.last_culprit; ++rank) {
    hang_up(rank, "end of file");
    worker(rank).is_alive = false;
  }
  in_world(milliseconds(0, 30), [this, end] { end_others(end); });
}

/// The others notice: some say so, and mpirun (unless it is blind) kills them.
void Simulation::end_others(ProcessEnd end) {
  const bool is_noticed =
      outcome_.fault != Fault::killed_unnoticed && outcome_.fault != Fault::survives_kill;
  for (int rank = 0; rank < workers(); ++rank) {
    if (!worker(rank).is_alive) continue;
    const bool says_aborted = chance(0.5);
    if (says_aborted) {
      say(rank, wire::Failed{
                    .code = "aborted", .message = "a peer ended", .hint = "", .step = steps_done_});
    }
    if (!says_aborted && !is_noticed) continue;
    hang_up(rank, "end of file");
    worker(rank).is_alive = false;
  }
  if (!is_noticed) return;
  const int one =
      outcome_.culprit + static_cast<int>(random_() % static_cast<unsigned>(outcome_.last_culprit -
                                                                            outcome_.culprit + 1));
  in_world(milliseconds(1, 60), [this, one, end] {
    end_launcher({.exit_code = 1, .signal = 0},
                 WorkerEnd{.rank = one, .host = "n1", .pid = pid_of(one), .end = end});
  });
}

void Simulation::end_launcher(ProcessEnd end, const std::optional<WorkerEnd>& reported) {
  if (!outcome_.launcher_runs) return;
  outcome_.launcher_runs = false;
  for (int rank = 0; rank < workers(); ++rank) {
    if (worker(rank).is_alive) hang_up(rank, "end of file");
    worker(rank).is_alive = false;
  }
  in(milliseconds(0, 20), [this, end, reported, generation = state_.generation] {
    tell(LauncherExited{.generation = generation, .end = end, .reported = reported});
  });
}

}  // namespace muster::coordinator
