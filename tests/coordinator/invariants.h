// What has to hold for every run, whatever happens to it: one list, one sentence each.
//
// A Witness sees every event with what was decided, and remembers the little that is needed to
// judge the next one. The list is checked after every event; what concerns every worker one by one
// (marked `whole_world`) after every event in small worlds and now and then in large ones, so that
// a thousand workers do not make a test of minutes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "coordinator/core/decide.h"
#include "tests/coordinator/fault.h"

namespace muster::coordinator {

/// The run after one event, and what is remembered of the time before.
struct Witness {
  explicit Witness(const State& run_state, const Limits& run_limits)
      : state(run_state), limits(run_limits) {}

  const State& state;
  const Limits& limits;

  // The present event.
  const Event* event = nullptr;
  const Decision* decision = nullptr;
  TimePoint now;
  bool must_be_refused = false;  // It is late, doubled, or of somebody who does not belong here.
  bool had_ended = false;        // Before it.

  // Before it.
  std::string summary_of_state;
  Stage stage = Stage::ready;
  std::int64_t steps = 0;
  std::int64_t furthest = 0;
  bool runs_before = false;
  std::optional<Verdict> verdict;
  std::optional<TimePoint> stop_deadline;
  run::State published = run::State::queued;

  // Of the whole run so far, this decision included.
  int launches = 0;
  int kills = 0;
  int summaries = 0;
  int ends = 0;
  int interrupts = 0;
  std::int64_t most_steps_said = 0;  // By a worker on its own connection.
  std::int64_t steps_lost = 0;    // Each time that a generation went on before the furthest step.
  std::set<ConnectionId> closed;  // By core.
  std::map<ConnectionId, int> stops;  // Sent, by connection.
  std::vector<std::string> published_wrongly;
};

struct Invariant {
  const char* sentence;
  bool (*holds)(const Witness& witness);
  bool whole_world = false;
};

/// All of them.
std::span<const Invariant> invariants();

/// How a run ended, beside what really happened to it.
struct Outcome {
  Fault fault = Fault::none;  // Of the last generation.
  Fault first_fault = Fault::none;
  int faults = 1;             // Generations that were to be hit.
  bool repeats = false;       // By the same fault.
  bool was_complete = false;  // A world was, before it failed.
  std::int64_t steps_executed = 0;
  int workers = 1;
  int culprit = 0;       // The rank that the fault hit;
  int last_culprit = 0;  // and all up to this one.
  std::int64_t total_steps = 0;
  int interrupts = 0;
  int first_signal = 0;  // Of those.
  bool launcher_runs = false;
  bool has_ended = false;
  int exit_status = -1;
  bool keeps_snapshots = false;
  run::State published = run::State::queued;
  run::Summary summary;
};

/// What holds when a run is over. The sentences that do not.
std::vector<std::string> broken_at_the_end(const Outcome& outcome);

/// Looks on while a run is played.
class Jury {
 public:
  Jury(const State& state, const Limits& limits) : witness_(state, limits) {}

  /// Before core is told of an event.
  void before(const Event& event, TimePoint now, bool must_be_refused);
  /// After it has decided. The sentences that do not hold.
  std::vector<std::string> after(const Decision& decision);

  const Witness& witness() const { return witness_; }

 private:
  Witness witness_;
  std::uint64_t events_ = 0;
};

}  // namespace muster::coordinator
