// A world in virtual time: workers, a launcher, a network with delays and a person at the keyboard,
// all driven by one seed, around the real core/. A faulty run is played again by its seed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "coordinator/core/decide.h"

namespace muster::coordinator {

/// What goes wrong in one simulated run.
enum class Fault {
  none,
  killed,            // A worker dies of SIGKILL; mpirun ends the others and says so.
  killed_unnoticed,  // The same, but mpirun notices nothing.
  said_corrupt,      // A worker ends with an error of its own.
  launcher_killed,   // mpirun dies, and all workers with it.
  launch_fails,
  never_connects,  // One worker hangs before it connects.
  wrong_world,     // Every worker believes to be alone.
  hangs_at_end,    // mpirun does not end after the training.
  ignores_stop,    // Nobody listens to Stop.
  survives_kill,   // A worker dies, and mpirun cannot be killed.
};
inline constexpr int kFaults = 11;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);

  /// Plays the run to its end. Returns the invariants that did not hold, in words; empty is good.
  std::vector<std::string> play();

  /// The run as text: every decision with its time.
  const std::string& story() const { return story_; }
  Fault fault() const { return fault_; }
  run::Status status() const { return summary_.status; }

 private:
  struct SimulatedWorker {
    bool is_alive = false;
    std::optional<ConnectionId> connection;
    TimePoint last_arrival;  // Of what it sent: messages do not overtake each other.
    std::int64_t step = 0;
    bool has_stop = false;
    bool says_finished = false;
  };

  // Virtual time.
  void at(TimePoint time, std::function<void()> what);
  void in(Clock::duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  Clock::duration milliseconds(int least, int most);
  bool chance(double probability);

  // The world.
  void launch();
  void connect(int rank);
  void step(int rank);
  void say(int rank, wire::Message message);
  void hang_up(int rank, const std::string& why);
  void break_connection_for_a_moment(int rank);
  void die(int rank, ProcessEnd end);
  void end_others(int first, ProcessEnd end);
  void end_launcher(ProcessEnd end, std::optional<WorkerEnd> reported);
  void end_launcher_when_all_have_ended();
  void visit_by_stranger();

  // The coordinator.
  void tick();
  void tell(const Event& event);
  void perform(const LaunchGeneration& action);
  void perform(const KillGeneration& action);
  void perform(const SendStop& action);
  void perform(const CloseConnection& action);
  void perform(const AppendMetrics& action);
  void perform(const AnnounceCheckpoint& action);
  void perform(const PublishState& action);
  void perform(const Notify& action);
  void perform(const WriteSummary& action);
  void perform(const End& action);

  void require(bool holds, const std::string& invariant);
  void check_the_end();
  void check_the_reason();

  struct Moment {
    TimePoint time;
    std::uint64_t number;
    std::function<void()> what;
    bool operator>(const Moment& other) const {
      return std::pair(time, number) > std::pair(other.time, other.number);
    }
  };

  std::mt19937_64 random_;
  const Limits limits_;
  State state_;
  Fault fault_;
  int culprit_ = 0;              // The rank that the fault hits.
  std::int64_t fault_step_ = 0;  // When it has done so many steps.
  int interrupts_ = 0;           // How many the person sends.
  int interrupts_sent_ = 0;
  std::int64_t total_steps_ = 0;
  std::optional<std::int64_t> last_step_;  // Once a Stop has been agreed on.
  std::vector<SimulatedWorker> workers_;
  bool launcher_runs_ = false;
  bool fault_has_happened_ = false;
  bool culprit_had_connected_ = false;
  std::uint64_t last_connection_ = 0;
  std::map<ConnectionId, int> stops_;  // Sent, by connection.
  std::set<ConnectionId> strangers_;   // Connections that must be refused.

  TimePoint now_;
  std::uint64_t moments_ = 0;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> queue_;

  std::deque<std::int64_t> metrics_told_;  // Steps of metrics that rank 0 sent and core has heard.
  int launches_ = 0;
  int kills_ = 0;
  int summaries_ = 0;
  bool has_ended_ = false;
  int exit_status_ = -1;
  run::State published_ = run::State::queued;
  run::Summary summary_;
  std::string story_;
  std::vector<std::string> broken_;
};

}  // namespace muster::coordinator
