#include "tests/coordinator/simulation.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "common/text.h"
#include "tests/coordinator/describe.h"

namespace muster::coordinator {
namespace {

using std::chrono::milliseconds;

constexpr auto kTick = milliseconds(100);
constexpr auto kHorizon = std::chrono::minutes(15);  // Above the sum of all limits.

int pid_of(int rank) { return 1000 + rank; }

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : random_(seed),
      state_(RunFacts{.workers = 1 + static_cast<int>(random_() % 8),
                      .launcher = "mpirun",
                      .steps_per_epoch = 10,
                      .samples_per_step = 4,
                      .train_samples = 39}),
      now_(std::chrono::hours(1)) {
  fault_ = static_cast<Fault>(random_() % kFaults);
  culprit_ = static_cast<int>(random_() % static_cast<unsigned>(state_.facts.workers));
  total_steps_ = 1 + static_cast<std::int64_t>(random_() % 30);
  fault_step_ = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(total_steps_));
  interrupts_ = chance(0.3) ? 1 + static_cast<int>(random_() % 3) : 0;
  if (fault_ == Fault::ignores_stop) interrupts_ = 1;
}

std::vector<std::string> Simulation::play() {
  const TimePoint start = now_;
  in(kTick, [this] { tick(); });
  for (int i = 0; i < interrupts_; ++i) {
    in(milliseconds(0, 1500), [this] {
      if (has_ended_) return;
      ++interrupts_sent_;
      tell(Interrupted{SIGINT});
    });
  }
  if (chance(0.3)) in(milliseconds(0, 1000), [this] { visit_by_stranger(); });
  tell(Started{});
  while (!queue_.empty() && !has_ended_ && now_ < start + kHorizon) {
    const Moment moment = queue_.top();
    queue_.pop();
    now_ = moment.time;
    moment.what();
  }
  check_the_end();
  return broken_;
}

void Simulation::tick() {
  tell(Tick{});
  in(kTick, [this] { tick(); });
}

void Simulation::at(TimePoint time, std::function<void()> what) {
  queue_.push(Moment{time, moments_++, std::move(what)});
}

Clock::duration Simulation::milliseconds(int least, int most) {
  return std::chrono::milliseconds(
      least + static_cast<int>(random_() % static_cast<unsigned>(most - least + 1)));
}

bool Simulation::chance(double probability) {
  return static_cast<double>(random_() % 1'000'000) < probability * 1e6;
}

// --- the world
// -------------------------------------------------------------------------------------

void Simulation::launch() {
  workers_.assign(static_cast<std::size_t>(state_.facts.workers), SimulatedWorker{});
  launcher_runs_ = true;
  for (int rank = 0; rank < state_.facts.workers; ++rank) {
    workers_[static_cast<std::size_t>(rank)].is_alive = true;
    if (fault_ == Fault::never_connects && rank == culprit_) continue;
    in(milliseconds(100, 500), [this, rank] { connect(rank); });
  }
  if (fault_ == Fault::launcher_killed) {
    in(milliseconds(10, 1000), [this] {
      if (!launcher_runs_) return;
      fault_has_happened_ = true;
      end_launcher({.exit_code = 0, .signal = SIGKILL}, std::nullopt);
    });
  }
}

void Simulation::connect(int rank) {
  SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
  if (!worker.is_alive) return;
  worker.connection = ConnectionId{++last_connection_};
  const int world = fault_ == Fault::wrong_world ? state_.facts.workers + 1 : state_.facts.workers;
  const WorkerConnected event{*worker.connection, wire::Hello{.rank = rank,
                                                              .world = world,
                                                              .generation = 1,
                                                              .host = "n1",
                                                              .pid = pid_of(rank),
                                                              .version = "0"}};
  worker.last_arrival = std::max(now_, worker.last_arrival) + milliseconds(0, 20);
  at(worker.last_arrival, [this, event] { tell(event); });
  in(milliseconds(1, 50), [this, rank] { step(rank); });
}

/// One step, if all others are there too; then the next.
void Simulation::step(int rank) {
  SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
  if (!worker.is_alive || worker.says_finished) return;
  const auto is_here = [](const auto& w) {
    return w.says_finished || (w.connection && w.is_alive);
  };
  if (!std::all_of(workers_.begin(), workers_.end(), is_here)) {
    in(milliseconds(100, 200), [this, rank] { step(rank); });
    return;
  }
  if (std::any_of(workers_.begin(), workers_.end(),
                  [&](const auto& w) { return w.step < worker.step; })) {
    in(milliseconds(5, 10), [this, rank] { step(rank); });
    return;
  }
  const bool is_hit = rank == culprit_ && worker.step >= fault_step_ && !fault_has_happened_;
  if (is_hit && (fault_ == Fault::killed || fault_ == Fault::killed_unnoticed ||
                 fault_ == Fault::survives_kill)) {
    return die(rank, {.exit_code = 0, .signal = SIGKILL});
  }
  if (is_hit && fault_ == Fault::said_corrupt) {
    say(rank,
        wire::Failed{.code = "corrupt", .message = "bad data", .hint = "", .step = worker.step});
    return die(rank, {.exit_code = 65, .signal = 0});
  }
  ++worker.step;
  say(rank, wire::Heartbeat{
                .phase = wire::Phase::training, .step = worker.step, .operations = worker.step});
  if (rank == 0) say(rank, wire::MetricsLine{.step = worker.step, .epoch = 0, .values = {}});
  if (chance(0.01)) break_connection_for_a_moment(rank);
  if (worker.has_stop && fault_ != Fault::ignores_stop && !last_step_) {
    // All ranks stop after the same step, one that nobody has gone beyond.
    for (const auto& other : workers_) last_step_ = std::max(last_step_.value_or(0), other.step);
  }
  const bool goes_on = fault_ == Fault::ignores_stop ||
                       worker.step < std::min(total_steps_, last_step_.value_or(total_steps_));
  if (goes_on) {
    // Steps beyond the last are there to be waited for, not to be counted.
    const int slowness = worker.step < total_steps_ ? 1 : 100;
    in(slowness * milliseconds(10, 50), [this, rank] { step(rank); });
    return;
  }
  worker.says_finished = true;
  say(rank, wire::Heartbeat{
                .phase = wire::Phase::finished, .step = worker.step, .operations = worker.step});
  if (rank == 0) {
    say(rank, wire::Finished{.stopped = worker.step < total_steps_,
                             .steps = worker.step,
                             .epochs = 0,
                             .samples_seen = 0,
                             .eval = {},
                             .model_sha256 = "",
                             .training_seconds = 0});
  }
  hang_up(rank, "end of file");
  worker.is_alive = false;
  end_launcher_when_all_have_ended();
}

void Simulation::say(int rank, wire::Message message) {
  SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
  if (!worker.connection) return;
  worker.last_arrival = std::max(now_, worker.last_arrival) + milliseconds(0, 20);
  at(worker.last_arrival, [this, rank, connection = *worker.connection, message] {
    if (rank == 0) {
      if (const auto* line = std::get_if<wire::MetricsLine>(&message)) {
        metrics_told_.push_back(line->step);
      }
    }
    tell(WorkerSpoke{connection, 1, rank, message});
  });
}

void Simulation::hang_up(int rank, const std::string& why) {
  SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
  if (!worker.connection) return;
  worker.last_arrival = std::max(now_, worker.last_arrival) + milliseconds(0, 20);
  at(worker.last_arrival, [this, rank, why, connection = *worker.connection] {
    tell(ConnectionLost{connection, 1, rank, why});
  });
}

void Simulation::break_connection_for_a_moment(int rank) {
  hang_up(rank, "connection reset by peer");
  SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
  worker.connection = ConnectionId{++last_connection_};
  const WorkerConnected event{*worker.connection, wire::Hello{.rank = rank,
                                                              .world = state_.facts.workers,
                                                              .generation = 1,
                                                              .host = "n1",
                                                              .pid = pid_of(rank),
                                                              .version = "0"}};
  worker.last_arrival += milliseconds(1, 200);
  at(worker.last_arrival, [this, event] { tell(event); });
}

void Simulation::die(int rank, ProcessEnd end) {
  fault_has_happened_ = true;
  SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
  culprit_had_connected_ = worker.connection.has_value();
  hang_up(rank, "end of file");
  worker.is_alive = false;
  in(milliseconds(0, 30), [this, rank, end] { end_others(rank, end); });
}

/// The others notice: some say so, and mpirun (unless it is blind) kills them.
void Simulation::end_others(int first, ProcessEnd end) {
  const bool is_noticed = fault_ != Fault::killed_unnoticed && fault_ != Fault::survives_kill;
  for (int rank = 0; rank < state_.facts.workers; ++rank) {
    SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
    if (!worker.is_alive) continue;
    const bool says_aborted = chance(0.5);
    if (says_aborted) {
      say(rank, wire::Failed{
                    .code = "aborted", .message = "a peer ended", .hint = "", .step = worker.step});
    }
    if (!says_aborted && !is_noticed) continue;
    hang_up(rank, "end of file");
    worker.is_alive = false;
  }
  if (!is_noticed) return;
  in(milliseconds(1, 60), [this, first, end] {
    end_launcher({.exit_code = 1, .signal = 0},
                 WorkerEnd{.rank = first, .host = "n1", .pid = pid_of(first), .end = end});
  });
}

void Simulation::end_launcher(ProcessEnd end, std::optional<WorkerEnd> reported) {
  if (!launcher_runs_) return;
  launcher_runs_ = false;
  for (int rank = 0; rank < state_.facts.workers; ++rank) {
    SimulatedWorker& worker = workers_[static_cast<std::size_t>(rank)];
    if (worker.is_alive) hang_up(rank, "end of file");
    worker.is_alive = false;
  }
  in(milliseconds(0, 20), [this, end, reported] {
    tell(LauncherExited{.generation = 1, .end = end, .reported = reported});
  });
}

void Simulation::end_launcher_when_all_have_ended() {
  if (fault_ == Fault::hangs_at_end) return;
  if (std::any_of(workers_.begin(), workers_.end(), [](const auto& w) { return w.is_alive; }))
    return;
  in(milliseconds(5, 60), [this] { end_launcher({}, std::nullopt); });
}

/// Somebody of another generation, of a rank that does not exist, or who pretends to be another
/// rank.
void Simulation::visit_by_stranger() {
  const ConnectionId connection{++last_connection_};
  strangers_.insert(connection);
  wire::Hello hello{.rank = 0,
                    .world = state_.facts.workers,
                    .generation = 7,
                    .host = "elsewhere",
                    .pid = 1,
                    .version = "0"};
  const wire::MetricsLine line{.step = 1'000'000, .epoch = 0, .values = {}};
  if (chance(0.3)) {
    hello.generation = 1;
    hello.rank = state_.facts.workers;
  } else if (chance(0.5)) {
    return tell(WorkerSpoke{connection, 1, culprit_, line});
  } else if (chance(0.5)) {
    return tell(WorkerSpoke{connection, 0, 0, line});
  }
  tell(WorkerConnected{connection, hello});
}

// --- the coordinator
// -------------------------------------------------------------------------------

void Simulation::tell(const Event& event) {
  if (has_ended_) return;
  const Decision decision = on(state_, event, now_, limits_);
  if (!decision.reason.empty() || !decision.actions.empty()) {
    story_ += concat(std::chrono::duration<double>(now_ - TimePoint(std::chrono::hours(1))).count(),
                     " ", decision.reason, "\n", describe(decision.actions));
  }
  for (const Action& action : decision.actions) {
    require(!has_ended_, "End is the last action");
    std::visit([this](const auto& what) { perform(what); }, action);
  }
}

void Simulation::perform(const LaunchGeneration& action) {
  ++launches_;
  require(action.generation == 1, "generations start with 1");
  if (fault_ == Fault::launch_fails) {
    in(std::chrono::milliseconds(1), [this] {
      tell(LaunchFailed{1, ErrorCode::unavailable, "mpirun was not found"});
    });
    return;
  }
  launch();
}

void Simulation::perform(const KillGeneration& action) {
  ++kills_;
  require(action.generation == 1, "only the present generation is killed");
  if (fault_ == Fault::survives_kill) return;
  end_launcher({.exit_code = 0, .signal = SIGKILL}, std::nullopt);
}

void Simulation::perform(const SendStop& action) {
  require(interrupts_sent_ > 0, "nobody is stopped unasked");
  require(++stops_[action.connection] == 1, "a connection gets one Stop");
  for (auto& worker : workers_) {
    if (worker.connection != action.connection) continue;
    in(milliseconds(0, 20), [&worker] { worker.has_stop = true; });
  }
}

void Simulation::perform(const CloseConnection& action) { strangers_.erase(action.connection); }

void Simulation::perform(const AppendMetrics& action) {
  require(action.generation == 1, "metrics are of the present generation");
  require(!metrics_told_.empty() && metrics_told_.front() == action.line.step,
          "metrics are those that worker 0 sent, in order");
  if (!metrics_told_.empty()) metrics_told_.pop_front();
}

void Simulation::perform(const AnnounceCheckpoint&) {}

void Simulation::perform(const PublishState& action) {
  require(!run::is_final(published_), "nothing follows a final state");
  require(published_ != action.state, "a state is published once in a row");
  require(!action.reason.empty(), "every state has a reason");
  published_ = action.state;
}

void Simulation::perform(const Notify& action) {
  require(!action.text.empty(), "notices say something");
}

void Simulation::perform(const WriteSummary& action) {
  ++summaries_;
  summary_ = action.summary;
}

void Simulation::perform(const End& action) {
  has_ended_ = true;
  exit_status_ = action.exit_status;
}

// --- invariants
// ------------------------------------------------------------------------------------

void Simulation::require(bool holds, const std::string& invariant) {
  if (!holds) broken_.push_back(invariant);
}

void Simulation::check_the_end() {
  require(has_ended_, "every run ends");
  require(summaries_ == 1, "there is one summary");
  require(launches_ == 1, "there is one launch");
  require(kills_ <= 1, "a generation is killed once at most");
  require(strangers_.empty(), "strangers are refused");
  require(!launcher_runs_ || fault_ == Fault::survives_kill, "nothing runs after the end");
  require(run::is_final(published_), "the last state is final");
  require(run::to_string(published_) == run::to_string(summary_.status),
          "state and summary say the same");
  require(summary_.steps <= total_steps_ || fault_ == Fault::ignores_stop, "no step is invented");
  switch (summary_.status) {
    case run::Status::completed:
      require(exit_status_ == 0, "completed runs exit with 0");
      require(summary_.steps == total_steps_, "completed runs did all steps");
      require(summary_.failure_reason.empty(), "completed runs have no failure");
      break;
    case run::Status::stopped:
      require(interrupts_sent_ > 0, "only who was asked stops");
      require(exit_status_ == 130, "stopped runs exit with 130");
      break;
    case run::Status::failed:
      require(fault_ != Fault::none && fault_ != Fault::hangs_at_end, "no failure without a fault");
      require(exit_status_ != 0 && exit_status_ != 130, "failures have an exit status");
      check_the_reason();
      break;
    case run::Status::preempted:
      require(false, "nobody preempted this run");
  }
}

/// The reason names what was broken first, whatever came after it.
void Simulation::check_the_reason() {
  const std::string& reason = summary_.failure_reason;
  const auto contains = [&](const std::string& part) {
    return reason.find(part) != std::string::npos;
  };
  require(!reason.empty() && !contains("\n"), "failures have a reason of one line");
  const std::string culprit = concat("worker ", culprit_, " on n1 (pid ", pid_of(culprit_), ")");
  switch (fault_) {
    case Fault::killed:
      require(contains(culprit) && contains("SIGKILL"), "the killed worker is named: " + reason);
      break;
    case Fault::said_corrupt:
      require(contains(culprit) && contains("corrupt: bad data"), "its words are kept: " + reason);
      require(exit_status_ == 65, "the error's code decides the exit status");
      break;
    case Fault::killed_unnoticed:
    case Fault::survives_kill:
      require(contains(culprit) && contains("lost"), "the lost worker is named: " + reason);
      break;
    case Fault::launcher_killed:
      require(contains("mpirun was killed by signal 9"), "mpirun is named: " + reason);
      break;
    case Fault::launch_fails:
      require(exit_status_ == 69 && contains("mpirun was not found"), "the launch is named");
      break;
    case Fault::never_connects:
      require(contains(concat("within 60 s; missing: ", culprit_)), "missing: " + reason);
      break;
    case Fault::wrong_world:
      require(contains("found a world of"), "the wrong world is named: " + reason);
      break;
    case Fault::none:
    case Fault::hangs_at_end:
    case Fault::ignores_stop:
      break;
  }
}

}  // namespace muster::coordinator
