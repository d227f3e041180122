// Events that must not count: what comes late, twice, of an older or later generation, of a rank
// that does not exist, or on a connection that nobody knows. Made from what has really happened.
#pragma once

#include <deque>
#include <functional>

#include "coordinator/core/decide.h"

namespace muster::coordinator {

class Forger {
 public:
  /// `draw(n)`: a random number below n.
  explicit Forger(std::function<std::uint64_t(std::uint64_t)> draw) : draw_(std::move(draw)) {}

  /// Something that has really happened, and may be told again.
  void remember(const Event& event);

  /// An event that core has to refuse in `state`; empty when none comes to mind.
  std::optional<Event> forge(const State& state);

 private:
  bool coin() { return draw_(2) == 0; }
  Generation other_generation(const State& state);
  int impossible_rank(const State& state);

  std::optional<Event> forged(const Started& event, const State& state);
  std::optional<Event> forged(const Adopted& event, const State& state);
  std::optional<Event> forged(const StopRequested&, const State&) { return std::nullopt; }
  std::optional<Event> forged(WorkerConnected event, const State& state);
  std::optional<Event> forged(WorkerSpoke event, const State& state);
  std::optional<Event> forged(ConnectionLost event, const State& state);
  std::optional<Event> forged(LauncherExited event, const State& state);
  std::optional<Event> forged(LaunchFailed event, const State& state);
  std::optional<Event> forged(const Interrupted&, const State&) { return std::nullopt; }
  std::optional<Event> forged(const Tick&, const State&) { return std::nullopt; }

  std::function<std::uint64_t(std::uint64_t)> draw_;
  std::deque<Event> past_;
};

}  // namespace muster::coordinator
