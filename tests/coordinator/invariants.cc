#include "tests/coordinator/invariants.h"

#include <algorithm>
#include <array>

#include "common/text.h"

namespace muster::coordinator {
namespace {

constexpr std::size_t kSmallWorld = 32;
constexpr std::uint64_t kNowAndThen = 64;  // Events, in larger worlds.

template <class A>
const A* find_action(const Witness& witness) {
  for (const Action& action : witness.decision->actions) {
    if (const A* found = std::get_if<A>(&action)) return found;
  }
  return nullptr;
}

/// `predicate` holds for every action of type A.
template <class A, class Predicate>
bool all_actions(const Witness& witness, Predicate predicate) {
  return std::all_of(witness.decision->actions.begin(), witness.decision->actions.end(),
                     [&](const Action& action) {
                       const A* typed = std::get_if<A>(&action);
                       return typed == nullptr || predicate(*typed);
                     });
}

bool only_closes_connections(const Witness& witness) {
  const auto& actions = witness.decision->actions;
  return std::all_of(actions.begin(), actions.end(), [](const Action& action) {
    return std::holds_alternative<CloseConnection>(action);
  });
}

template <class Predicate>
bool all_workers(const Witness& witness, Predicate predicate) {
  return std::all_of(witness.state.workers.begin(), witness.state.workers.end(), predicate);
}

bool is_by_worker_0(const Witness& witness) {
  const auto* spoke = std::get_if<WorkerSpoke>(witness.event);
  return spoke != nullptr && spoke->rank == 0 && spoke->generation == witness.state.generation &&
         witness.state.workers.front().connection == spoke->connection;
}

bool same(const std::optional<Verdict>& a, const std::optional<Verdict>& b) {
  if (!a || !b) return !a && !b;
  return a->status == b->status && a->reason == b->reason && a->exit_status == b->exit_status &&
         a->at == b->at;
}

/// What a refused event must not change, except in the worker that it is about.
std::string summary_of(const State& state) {
  return concat(static_cast<int>(state.stage), " ", static_cast<int>(state.published), " ",
                state.generation, " ", state.connected, " ", state.deaths, " ",
                state.launcher_is_running, state.launcher_end.has_value(),
                state.first_sign.has_value(), state.stop_signal.has_value(),
                state.kill_sent.has_value(), state.finished.has_value(), " ", state.steps, " ",
                state.checkpoints.size());
}

const std::array kInvariants = {
    // --- time and order
    Invariant{"a run goes through its stages in one direction",
              [](const Witness& w) { return w.state.stage >= w.stage; }},
    Invariant{"the verdict is taken once and never changed",
              [](const Witness& w) { return !w.verdict || same(w.verdict, w.state.verdict); }},
    Invariant{"a run has a verdict exactly when it is ending or has ended",
              [](const Witness& w) {
                return w.state.verdict.has_value() == (w.state.stage >= Stage::ending);
              }},
    Invariant{"after the end nothing is done but close connections",
              [](const Witness& w) { return !w.had_ended || only_closes_connections(w); }},
    Invariant{"End is the last action, once, and comes with the only summary",
              [](const Witness& w) {
                const bool ends = find_action<End>(w) != nullptr;
                return w.ends <= 1 && w.summaries == w.ends &&
                       (!ends || std::holds_alternative<End>(w.decision->actions.back()));
              }},
    Invariant{"no wait is longer than its limit",
              [](const Witness& w) {
                if (!std::holds_alternative<Tick>(*w.event)) return true;
                const State& s = w.state;
                const auto waited = [&](TimePoint since) { return w.now - since; };
                switch (s.stage) {
                  case Stage::connecting:
                    return s.first_sign || waited(s.launched) < w.limits.connect;
                  case Stage::running:
                    if (s.first_sign) return waited(*s.first_sign) < w.limits.evidence;
                    return !s.stop_signal || waited(s.stop_asked) < w.limits.stop;
                  case Stage::ending:
                    return s.kill_sent ? waited(*s.kill_sent) < w.limits.kill
                                       : waited(s.verdict->at) < w.limits.leave;
                  default:
                    return true;
                }
              }},
    // --- what is said to the outside
    Invariant{"a state is published with a reason, never twice in a row, and nothing after a final "
              "one",
              [](const Witness& w) { return w.published_wrongly.empty(); }},
    Invariant{"whoever is refused is told why, in the log",
              [](const Witness& w) {
                return find_action<CloseConnection>(w) == nullptr || !w.decision->reason.empty();
              }},
    Invariant{"a notice says something",
              [](const Witness& w) {
                return all_actions<Notify>(w, [](const Notify& n) { return !n.text.empty(); });
              }},
    // --- the world
    Invariant{
        "a generation is launched once, and killed once at most",
        [](const Witness& w) { return w.launches <= w.state.generation && w.kills <= w.launches; }},
    Invariant{"only the present generation is launched, killed and heard",
              [](const Witness& w) {
                const auto is_present = [&](const auto& action) {
                  return action.generation == w.state.generation;
                };
                return all_actions<LaunchGeneration>(w, is_present) &&
                       all_actions<KillGeneration>(w, is_present) &&
                       all_actions<AppendMetrics>(w, is_present);
              }},
    Invariant{"nothing is killed that does not run",
              [](const Witness& w) {
                return find_action<KillGeneration>(w) == nullptr || w.state.launcher_is_running;
              }},
    Invariant{"nobody is asked to stop unless a person asked for it, and nobody twice",
              [](const Witness& w) {
                return all_actions<SendStop>(w, [&](const SendStop& stop) {
                  return w.interrupts > 0 && w.stops.at(stop.connection) == 1;
                });
              }},
    Invariant{"metrics and checkpoints are those of worker 0",
              [](const Witness& w) {
                const bool takes = find_action<AppendMetrics>(w) != nullptr ||
                                   find_action<AnnounceCheckpoint>(w) != nullptr;
                return !takes || is_by_worker_0(w);
              }},
    Invariant{"the run's steps never go back",
              [](const Witness& w) { return w.state.steps >= w.steps; }},
    Invariant{"no step is invented: some worker said so on its own connection",
              [](const Witness& w) { return w.state.steps <= w.most_steps_said; }},
    Invariant{"what is late, doubled or foreign changes nothing",
              [](const Witness& w) {
                return !w.must_be_refused || summary_of(w.state) == w.summary_of_state;
              }},
    Invariant{"what is late, doubled or foreign is answered by closing its connection at most",
              [](const Witness& w) { return !w.must_be_refused || only_closes_connections(w); }},
    // --- every worker
    Invariant{"a closed connection is nobody's",
              [](const Witness& w) {
                return all_workers(w, [&](const Worker& worker) {
                  return !worker.connection || !w.closed.contains(*worker.connection);
                });
              },
              true},
    Invariant{"no two workers share a connection",
              [](const Witness& w) {
                std::set<ConnectionId> seen;
                return all_workers(w, [&](const Worker& worker) {
                  return !worker.connection || seen.insert(*worker.connection).second;
                });
              },
              true},
    Invariant{"the numbers of connected and of dead workers are what they count",
              [](const Witness& w) {
                const auto& workers = w.state.workers;
                return w.state.connected == std::count_if(workers.begin(), workers.end(),
                                                          [](const Worker& a) {
                                                            return a.connection.has_value();
                                                          }) &&
                       w.state.deaths ==
                           std::count_if(workers.begin(), workers.end(),
                                         [](const Worker& a) { return a.death.has_value(); });
              },
              true},
    Invariant{"a run that is past connecting by itself has heard of every worker",
              [](const Witness& w) {
                return w.state.stage != Stage::running ||
                       all_workers(w, [](const Worker& worker) { return !worker.host.empty(); });
              },
              true},
    Invariant{"where there is a death there is a first sign, not later than any",
              [](const Witness& w) {
                return all_workers(w, [&](const Worker& worker) {
                  return !worker.death ||
                         (w.state.first_sign && *w.state.first_sign <= worker.death->first_sign);
                });
              },
              true},
    Invariant{"nothing is heard in the future, and progress is not later than life",
              [](const Witness& w) {
                return all_workers(w, [&](const Worker& worker) {
                  return worker.last_heard <= w.now && worker.last_progress <= worker.last_heard;
                });
              },
              true},
    Invariant{"nobody is ahead of the run",
              [](const Witness& w) {
                return all_workers(
                    w, [&](const Worker& worker) { return worker.step <= w.most_steps_said; });
              },
              true},
};

// --- the end
// -------------------------------------------------------------------------------------

bool says(const Outcome& outcome, const std::string& part) {
  return outcome.summary.failure_reason.find(part) != std::string::npos;
}

bool failed_by(const Outcome& outcome, std::initializer_list<Fault> faults) {
  return outcome.summary.status == run::Status::failed &&
         std::find(faults.begin(), faults.end(), outcome.fault) != faults.end();
}

bool names_a_culprit(const Outcome& outcome) {
  for (int rank = outcome.culprit; rank <= outcome.last_culprit; ++rank) {
    if (says(outcome, concat("worker ", rank, " on n1 (pid ", pid_of(rank), ")"))) return true;
  }
  return false;
}

struct EndInvariant {
  const char* sentence;
  bool (*holds)(const Outcome& outcome);
};

const std::array kEndInvariants = {
    EndInvariant{"every run ends", [](const Outcome& o) { return o.has_ended; }},
    EndInvariant{
        "nothing runs after the end",
        [](const Outcome& o) { return !o.launcher_runs || o.fault == Fault::survives_kill; }},
    EndInvariant{"the last published state is that of the summary",
                 [](const Outcome& o) {
                   return run::to_string(o.published) == run::to_string(o.summary.status);
                 }},
    EndInvariant{"nobody does more steps than were asked for, unless Stop is ignored",
                 [](const Outcome& o) {
                   return o.summary.steps <= o.total_steps || o.fault == Fault::ignores_stop;
                 }},
    EndInvariant{"a completed run did all steps, has no failure and exits with 0",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::completed ||
                          (o.summary.steps == o.total_steps && o.exit_status == 0 &&
                           o.summary.failure_reason.empty());
                 }},
    EndInvariant{"only who was asked to stops, and exits with 130",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::stopped ||
                          (o.interrupts > 0 && o.exit_status == 130);
                 }},
    EndInvariant{"nobody is preempted without a signal for it",
                 [](const Outcome& o) { return o.summary.status != run::Status::preempted; }},
    EndInvariant{
        "there is no failure without a fault; it has a reason of one line and an exit status",
        [](const Outcome& o) {
          return o.summary.status != run::Status::failed ||
                 (o.fault != Fault::none && o.fault != Fault::hangs_at_end &&
                  o.fault != Fault::network_shakes && o.exit_status != 0 && o.exit_status != 130 &&
                  !o.summary.failure_reason.empty() && !says(o, "\n"));
        }},
    EndInvariant{"a worker that died first is named, whatever came after it",
                 [](const Outcome& o) {
                   return !failed_by(o, {Fault::killed, Fault::node_lost, Fault::said_corrupt,
                                         Fault::killed_unnoticed, Fault::survives_kill}) ||
                          names_a_culprit(o);
                 }},
    EndInvariant{"a signal that killed it is named where anybody knows it",
                 [](const Outcome& o) {
                   return !failed_by(o, {Fault::killed, Fault::node_lost}) || says(o, "SIGKILL");
                 }},
    EndInvariant{
        "a worker that nobody saw die was lost",
        [](const Outcome& o) {
          return !failed_by(o, {Fault::killed_unnoticed, Fault::survives_kill}) || says(o, "lost");
        }},
    EndInvariant{"a worker's own words are kept, and their code decides the exit status",
                 [](const Outcome& o) {
                   return !failed_by(o, {Fault::said_corrupt}) ||
                          (says(o, "corrupt: bad data") && o.exit_status == 65);
                 }},
    EndInvariant{"a launcher that was killed, or never started, is named",
                 [](const Outcome& o) {
                   if (failed_by(o, {Fault::launcher_killed})) {
                     return says(o, "mpirun was killed by signal 9");
                   }
                   return !failed_by(o, {Fault::launch_fails}) ||
                          (says(o, "mpirun was not found") && o.exit_status == 69);
                 }},
    EndInvariant{"who never connected is named, and so is a world of the wrong size",
                 [](const Outcome& o) {
                   if (failed_by(o, {Fault::never_connects})) {
                     return says(o, concat("within 60 s; missing: ", o.culprit));
                   }
                   return !failed_by(o, {Fault::wrong_world}) || says(o, "found a world of");
                 }},
};

/// The largest step that this event may make the run believe in.
std::int64_t steps_said(const WorkerSpoke& spoke) {
  return std::visit(
      [](const auto& message) -> std::int64_t {
        if constexpr (requires { message.step; }) return message.step;
        return 0;
      },
      spoke.message);
}

void remember(Witness& witness, const Action& action) {
  if (std::holds_alternative<LaunchGeneration>(action)) ++witness.launches;
  if (std::holds_alternative<KillGeneration>(action)) ++witness.kills;
  if (std::holds_alternative<WriteSummary>(action)) ++witness.summaries;
  if (std::holds_alternative<End>(action)) ++witness.ends;
  if (const auto* stop = std::get_if<SendStop>(&action)) ++witness.stops[stop->connection];
  if (const auto* close = std::get_if<CloseConnection>(&action)) {
    witness.closed.insert(close->connection);
  }
  if (const auto* publish = std::get_if<PublishState>(&action)) {
    if (publish->reason.empty() || publish->state == witness.published ||
        run::is_final(witness.published)) {
      witness.published_wrongly.push_back(publish->reason);
    }
    witness.published = publish->state;
  }
}

}  // namespace

std::span<const Invariant> invariants() { return kInvariants; }

std::vector<std::string> broken_at_the_end(const Outcome& outcome) {
  std::vector<std::string> broken;
  for (const EndInvariant& invariant : kEndInvariants) {
    if (!invariant.holds(outcome)) {
      broken.push_back(concat(invariant.sentence, " (", outcome.summary.failure_reason, ")"));
    }
  }
  return broken;
}

void Jury::before(const Event& event, TimePoint now, bool must_be_refused) {
  witness_.event = &event;
  witness_.now = now;
  witness_.must_be_refused = must_be_refused;
  witness_.had_ended = witness_.ends > 0;
  witness_.stage = witness_.state.stage;
  witness_.steps = witness_.state.steps;
  witness_.verdict = witness_.state.verdict;
  if (must_be_refused) witness_.summary_of_state = summary_of(witness_.state);
  if (std::holds_alternative<Interrupted>(event)) ++witness_.interrupts;
  const auto* spoke = std::get_if<WorkerSpoke>(&event);
  if (spoke != nullptr && !must_be_refused) {
    witness_.most_steps_said = std::max(witness_.most_steps_said, steps_said(*spoke));
  }
}

std::vector<std::string> Jury::after(const Decision& decision) {
  witness_.decision = &decision;
  for (const Action& action : decision.actions) remember(witness_, action);
  const bool whole = witness_.state.workers.size() <= kSmallWorld || ++events_ % kNowAndThen == 0 ||
                     witness_.ends > 0;
  std::vector<std::string> broken;
  for (const Invariant& invariant : kInvariants) {
    if ((whole || !invariant.whole_world) && !invariant.holds(witness_)) {
      broken.emplace_back(invariant.sentence);
    }
  }
  return broken;
}

}  // namespace muster::coordinator
