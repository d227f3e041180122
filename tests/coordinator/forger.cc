#include "tests/coordinator/forger.h"

#include <csignal>

namespace muster::coordinator {
namespace {

constexpr std::size_t kRemembered = 64;
constexpr ConnectionId kNobodys{1'000'000'000};  // Larger than any that is really given out.

/// `connection` is the one by which worker `rank` speaks now.
bool is_present(const State& state, int rank, ConnectionId connection) {
  return rank >= 0 && rank < static_cast<int>(state.workers.size()) &&
         state.workers[static_cast<std::size_t>(rank)].connection == connection;
}

}  // namespace

void Forger::remember(const Event& event) {
  past_.push_back(event);
  if (past_.size() > kRemembered)
    past_.erase(past_.begin() + static_cast<long>(draw_(kRemembered)));
}

std::optional<Event> Forger::forge(const State& state) {
  if (past_.empty() || state.stage == Stage::ready) return std::nullopt;
  const Event& event = past_[draw_(past_.size())];
  return std::visit([&](const auto& happened) { return forged(happened, state); }, event);
}

Generation Forger::other_generation(const State& state) {
  const Generation others[] = {0, -1, state.generation - 1, state.generation + 1,
                               state.generation + 7};
  return others[draw_(std::size(others))];
}

int Forger::impossible_rank(const State& state) {
  const int ranks[] = {-1, state.facts.workers, state.facts.workers + 1, 1 << 30, -(1 << 30)};
  return ranks[draw_(std::size(ranks))];
}

std::optional<Event> Forger::forged(const Started& event, const State&) { return event; }

std::optional<Event> Forger::forged(const Adopted& event, const State&) { return event; }

std::optional<Event> Forger::forged(WorkerConnected event, const State& state) {
  switch (draw_(4)) {
    case 0:  // Again, or long after its connection has been replaced.
      return event;
    case 1:
      event.connection = kNobodys;
      event.hello.generation = other_generation(state);
      return event;
    case 2:
      event.connection = kNobodys;
      event.hello.rank = impossible_rank(state);
      return event;
    default: {  // Somebody who pretends to be a worker that is there.
      if (state.workers.empty()) return std::nullopt;
      const auto& worker = state.workers[static_cast<std::size_t>(event.hello.rank)];
      if (!worker.connection) return std::nullopt;
      event.connection = kNobodys;
      event.hello.pid += 1'000'000;
      return event;
    }
  }
}

std::optional<Event> Forger::forged(WorkerSpoke event, const State& state) {
  if (coin() || is_present(state, event.rank, event.connection)) event.connection = kNobodys;
  if (coin()) event.generation = other_generation(state);
  if (coin()) event.rank = impossible_rank(state);
  if (coin()) event.message = wire::MetricsLine{.step = 1'000'000, .epoch = 0, .values = {}};
  if (coin()) event.message = wire::Restored{.step = 1'000'000, .source = "snapshot"};
  if (coin()) event.message = wire::Heartbeat{.step = 1'000'000, .operations = 1'000'000};
  return event;
}

std::optional<Event> Forger::forged(ConnectionLost event, const State& state) {
  if (is_present(state, event.rank, event.connection)) event.connection = kNobodys;
  if (coin()) event.generation = other_generation(state);
  if (coin()) event.rank = impossible_rank(state);
  return event;
}

std::optional<Event> Forger::forged(LauncherExited event, const State& state) {
  if (state.launcher_is_running || coin()) event.generation = other_generation(state);
  if (coin()) event.end = {.exit_code = 0, .signal = SIGKILL};
  return event;
}

std::optional<Event> Forger::forged(LaunchFailed event, const State& state) {
  if (state.launcher_is_running || coin()) event.generation = other_generation(state);
  return event;
}

}  // namespace muster::coordinator
