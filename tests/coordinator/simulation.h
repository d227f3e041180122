// A world in virtual time: up to a thousand workers, a launcher, a network with delays, a forger
// and a person at the keyboard, all driven by one seed, around the real core/. A faulty run is
// played again by its seed.
//
// Workers step together, as they do with an all-reduce in every step; what core hears of them comes
// with delays of its own for each, in the order in which that worker sent it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "coordinator/core/decide.h"
#include "tests/coordinator/fault.h"
#include "tests/coordinator/forger.h"
#include "tests/coordinator/invariants.h"

namespace muster::coordinator {

class Simulation {
 public:
  enum class Story { none, told };

  explicit Simulation(std::uint64_t seed, Story story = Story::none);

  /// Plays the run to its end. Returns the invariants that did not hold, in words; empty is good.
  std::vector<std::string> play();

  /// Every decision with its time, where it was to be told.
  const std::string& story() const { return story_; }
  const Outcome& outcome() const { return outcome_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t forgeries() const { return forgeries_; }

 private:
  struct SimulatedWorker {
    bool is_alive = false;
    std::optional<ConnectionId> connection;
    TimePoint last_arrival;  // Of what it sent: messages do not overtake each other.
  };

  // Virtual time.
  void at(TimePoint time, std::function<void()> what);
  void in(Clock::duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  /// Of the present generation: does not happen once the next one is launched.
  void in_world(Clock::duration delay, std::function<void()> what) {
    in(delay, [this, generation = state_.generation, what = std::move(what)] {
      if (generation == state_.generation) what();
    });
  }
  Clock::duration milliseconds(int least, int most);
  bool chance(double probability);

  // The world (simulated_world.cc).
  void launch();
  void connect(int rank);
  void arrive(int rank, ConnectionId connection);
  void tell_arrival(int rank, ConnectionId connection, Generation generation);
  void begin();
  void step();
  bool is_hit();
  void shake_network();
  void finish();
  void say(int rank, wire::Message message);
  void hang_up(int rank, const std::string& why);
  void break_connection_for_a_moment(int rank);
  void die(ProcessEnd end);
  void end_others(ProcessEnd end);
  void stall();
  void draw_fault();
  void end_launcher(ProcessEnd end, const std::optional<WorkerEnd>& reported);
  bool everyone_is_here() const { return here_ == workers(); }
  int workers() const { return state_.facts.workers; }
  SimulatedWorker& worker(int rank) { return workers_[static_cast<std::size_t>(rank)]; }

  // The coordinator.
  void tick();
  void tell(const Event& event);
  void tell_core(const Event& event, bool must_be_refused);
  void perform(const LaunchGeneration& action);
  void perform(const KillGeneration& action);
  void perform(const SendStop& action);
  void perform(const PublishState& action) { outcome_.published = action.state; }
  void perform(const WriteSummary& action) { outcome_.summary = action.summary; }
  void perform(const End& action);
  template <class A>
  void perform(const A&) {}  // What changes nothing in the world.

  struct Moment {
    TimePoint time;
    std::uint64_t number;
    std::function<void()> what;
    bool operator>(const Moment& other) const {
      return std::pair(time, number) > std::pair(other.time, other.number);
    }
  };

  std::mt19937_64 random_;
  const Story how_;
  const Limits limits_;
  State state_;
  Jury jury_;
  Forger forger_;
  double forgery_ = 0;           // How likely one is after an event.
  double shakiness_ = 0;         // How likely a connection breaks in a step.
  std::int64_t fault_step_ = 0;  // When it has done so many steps.
  int faults_left_ = 1;          // Generations to be hit, from the present one on.
  std::int64_t steps_done_ = 0;
  bool stop_is_heard_ = false;
  bool network_has_shaken_ = false;
  bool fault_has_happened_ = false;
  std::vector<SimulatedWorker> workers_;
  int here_ = 0;  // Workers that are connected, as core knows too.
  std::uint64_t last_connection_ = 0;

  TimePoint now_;
  std::uint64_t moments_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t forgeries_ = 0;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> queue_;
  std::string story_;
  std::vector<std::string> broken_;
  Outcome outcome_;
};

}  // namespace muster::coordinator
