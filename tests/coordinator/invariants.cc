#include "tests/coordinator/invariants.h"

#include <algorithm>
#include <array>
#include <csignal>

#include "common/text.h"
#include "coordinator/core/stalls.h"
#include "coordinator/core/turn.h"

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
    return std::holds_alternative<CloseConnection>(action) ||
           std::holds_alternative<DismissWorker>(action);
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

bool says_restored(const Witness& witness) {
  const auto* spoke = std::get_if<WorkerSpoke>(witness.event);
  return spoke != nullptr && std::holds_alternative<wire::Restored>(spoke->message);
}

/// A failure has been counted, and no launch has followed it (yet).
bool is_between_generations(const Witness& witness) {
  return witness.state.stage == Stage::recovering || witness.state.verdict;
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
                state.first_sign.has_value(), state.stop.has_value(), state.kill_sent.has_value(),
                state.finished.has_value(), " ", state.steps, " ", state.furthest, " ",
                state.restored.has_value(), " ", state.recoveries.restarts, " ",
                state.recoveries.counted, " ", state.recoveries.steps_redone, " ",
                state.recoveries.open.size(), " ", state.recoveries.closed.size(), " ",
                state.checkpoints.size());
}

const std::array kInvariants = {
    // --- time and order
    Invariant{"a run goes through its stages in one direction, but for a launch after a failure",
              [](const Witness& w) {
                return w.state.stage >= w.stage || (find_action<LaunchGeneration>(w) != nullptr &&
                                                    w.state.stage == Stage::connecting);
              }},
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
                if (s.stage < Stage::ending && s.stop && w.now >= s.stop->deadline) return false;
                switch (s.stage) {
                  case Stage::connecting:
                    return s.first_sign || waited(s.launched) < w.limits.connect;
                  case Stage::running:
                    return !s.first_sign || waited(*s.first_sign) < w.limits.evidence;
                  case Stage::recovering:
                    return s.launcher_is_running ? waited(*s.kill_sent) < w.limits.kill
                                                 : w.now < *s.launch_at;
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
                return (find_action<CloseConnection>(w) == nullptr &&
                        find_action<DismissWorker>(w) == nullptr) ||
                       !w.decision->reason.empty();
              }},
    Invariant{"only a worker of an older generation is told that it is replaced",
              [](const Witness& w) {
                return all_actions<DismissWorker>(w, [&](const DismissWorker& dismissal) {
                  const auto* connected = std::get_if<WorkerConnected>(w.event);
                  const auto* spoke = std::get_if<WorkerSpoke>(w.event);
                  const Generation theirs = connected ? connected->hello.generation
                                            : spoke   ? spoke->generation
                                                      : dismissal.generation;
                  return theirs < w.state.generation && dismissal.generation == w.state.generation;
                });
              }},
    Invariant{"a notice says something",
              [](const Witness& w) {
                return all_actions<Notify>(w, [](const Notify& n) { return !n.text.empty(); });
              }},
    // --- the world
    Invariant{
        "a generation is launched once, and killed once at most",
        [](const Witness& w) { return w.launches == w.state.generation && w.kills <= w.launches; }},
    Invariant{"nothing is launched while something runs",
              [](const Witness& w) {
                return find_action<LaunchGeneration>(w) == nullptr || !w.runs_before ||
                       std::holds_alternative<LauncherExited>(*w.event) ||
                       std::holds_alternative<LaunchFailed>(*w.event);
              }},
    // --- recovery
    Invariant{"restarts are bounded, and every launch but the first is one",
              [](const Witness& w) {
                const Recoveries& r = w.state.recoveries;
                return r.counted <= w.state.facts.max_restarts && r.counted >= 0 &&
                       r.restarts == std::max<Generation>(0, w.state.generation - 1);
              }},
    Invariant{"every recovery is open until a step has followed, and counted once",
              [](const Witness& w) {
                const Recoveries& r = w.state.recoveries;
                const auto all = static_cast<int>(r.open.size() + r.closed.size());
                return all == r.restarts || (all == r.restarts + 1 && is_between_generations(w));
              }},
    Invariant{"the time between failure and step is not negative, and not longer than the run",
              [](const Witness& w) {
                const auto& closed = w.state.recoveries.closed;
                return std::all_of(closed.begin(), closed.end(), [&](Clock::duration length) {
                  return length >= Clock::duration::zero() && length <= w.now - w.state.started;
                });
              }},
    Invariant{"no more steps are done again than were lost, and it takes time of the run",
              [](const Witness& w) {
                const Recoveries& r = w.state.recoveries;
                return r.steps_redone >= 0 && r.steps_redone <= w.steps_lost &&
                       r.redoing >= Clock::duration::zero() &&
                       (r.redoing == Clock::duration::zero() ||
                        r.redoing <= w.now - w.state.started);
              }},
    Invariant{"a run that has been asked to stop is launched again only for steps that no "
              "checkpoint has",
              [](const Witness& w) {
                const auto& checkpoints = w.state.checkpoints;
                const std::int64_t kept = checkpoints.empty() ? 0 : checkpoints.back().step;
                return find_action<LaunchGeneration>(w) == nullptr || !w.state.stop ||
                       kept < w.state.furthest;
              }},
    Invariant{"nobody who has been asked to stop gets more time for it",
              [](const Witness& w) {
                const auto& stop = w.state.stop;
                return !w.stop_deadline || (stop && stop->deadline <= *w.stop_deadline);
              }},
    Invariant{"a signal other than Ctrl-C kills nobody who still trains, before the time is over",
              [](const Witness& w) {
                const auto* signal = std::get_if<Interrupted>(w.event);
                return signal == nullptr || signal->signal == SIGINT ||
                       find_action<KillGeneration>(w) == nullptr || w.stage == Stage::ending ||
                       w.stage == Stage::connecting;
              }},
    Invariant{"who trains and does nothing is evicted in time",
              [](const Witness& w) {
                if (w.state.stage != Stage::running || w.state.first_sign ||
                    !std::holds_alternative<Tick>(*w.event)) {
                  return true;
                }
                return all_workers(w, [&](const Worker& worker) {
                  return !worker.connection || worker.phase != wire::Phase::training ||
                         w.now - worker.last_progress < stall_timeout(w.state, w.limits);
                });
              },
              true},
    // --- what is heard
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
    Invariant{"the run's steps never go back, but when a generation says where it goes on",
              [](const Witness& w) {
                return w.state.furthest >= w.furthest && w.state.furthest >= w.state.steps &&
                       (w.state.steps >= w.steps || (is_by_worker_0(w) && says_restored(w)));
              }},
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

/// The largest step that this event may make the run believe in.
std::int64_t steps_said(const WorkerSpoke& spoke) {
  return std::visit(
      [](const auto& message) -> std::int64_t {
        if constexpr (requires { message.step; }) return message.step;
        if constexpr (requires { message.steps; }) return message.steps;
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
  if (const auto* dismissal = std::get_if<DismissWorker>(&action)) {
    witness.closed.insert(dismissal->connection);
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

void Jury::before(const Event& event, TimePoint now, bool must_be_refused) {
  witness_.event = &event;
  witness_.now = now;
  witness_.must_be_refused = must_be_refused;
  witness_.had_ended = witness_.ends > 0;
  witness_.stage = witness_.state.stage;
  witness_.steps = witness_.state.steps;
  witness_.furthest = witness_.state.furthest;
  witness_.runs_before = witness_.state.launcher_is_running;
  witness_.verdict = witness_.state.verdict;
  witness_.stop_deadline.reset();
  if (witness_.state.stop) witness_.stop_deadline = witness_.state.stop->deadline;
  if (must_be_refused) witness_.summary_of_state = summary_of(witness_.state);
  if (std::holds_alternative<Interrupted>(event)) ++witness_.interrupts;
  const auto* spoke = std::get_if<WorkerSpoke>(&event);
  if (spoke != nullptr && !must_be_refused) {
    if (const auto* restored = std::get_if<wire::Restored>(&spoke->message)) {
      witness_.steps_lost += std::max<std::int64_t>(0, witness_.furthest - restored->step);
    }
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
