#include "coordinator/core/stalls.h"

#include <algorithm>
#include <tuple>

#include "common/text.h"
#include "coordinator/core/evidence.h"

namespace muster::coordinator {
namespace {

// Heartbeats come once a second: who has been heard of, or has done something, since then is well.
constexpr auto kFresh = std::chrono::seconds(3);
constexpr auto kShortestTimeout = std::chrono::seconds(30);
constexpr int kMedianSteps = 10;
constexpr std::size_t kNamedMost = 4;

/// Workers count what they do while they train and evaluate.
bool counts_operations(wire::Phase phase) {
  return phase == wire::Phase::training || phase == wire::Phase::evaluating;
}

bool may_stall(const Worker& worker) {
  return worker.connection && worker.phase != wire::Phase::finished;
}

Clock::duration quiet(const Worker& worker, TimePoint now) { return now - worker.last_progress; }

bool is_silent(const Worker& worker, TimePoint now) { return now - worker.last_heard >= kFresh; }

const Worker& worker_of(const State& state, int rank) {
  return state.workers[static_cast<std::size_t>(rank)];
}

/// Of all who have done nothing lately, those who are behind.
Stall blame(const State& state, TimePoint now) {
  const auto lag = [&](const Worker& worker) {
    return std::tuple(!is_silent(worker, now), worker.step, worker.operations);
  };
  std::vector<int> all;
  for (int rank = 0; rank < static_cast<int>(state.workers.size()); ++rank) {
    const Worker& worker = worker_of(state, rank);
    if (may_stall(worker) && quiet(worker, now) >= kFresh) all.push_back(rank);
  }
  Stall stall;
  const auto behind = std::min_element(all.begin(), all.end(), [&](int a, int b) {
    return lag(worker_of(state, a)) < lag(worker_of(state, b));
  });
  if (behind == all.end()) return stall;
  const Worker& last = worker_of(state, *behind);
  for (const int rank : all) {
    const Worker& worker = worker_of(state, rank);
    // Silent ones stopped somewhere between two heartbeats: their counts say nothing.
    const bool is_blamed = is_silent(last, now) ? is_silent(worker, now) : lag(worker) == lag(last);
    (is_blamed ? stall.ranks : stall.waiting).push_back(rank);
    if (is_blamed) stall.length = std::max(stall.length, quiet(worker, now));
  }
  return stall;
}

/// Everybody is where operations are counted, so nobody waits for one who works uncounted.
bool all_count(const State& state) {
  return std::all_of(state.workers.begin(), state.workers.end(), [](const Worker& worker) {
    return !may_stall(worker) || counts_operations(worker.phase);
  });
}

Clock::duration eviction_limit(const State& state, const Worker& worker, TimePoint now,
                               const Limits& limits) {
  const Clock::duration timeout = stall_timeout(state, limits);
  const bool is_bounded = limits.stall_timeout || is_silent(worker, now) || all_count(state);
  return is_bounded ? timeout : std::max(timeout, limits.stall_uncounted);
}

std::string seconds_text(Clock::duration length) {
  return concat(std::chrono::duration_cast<std::chrono::seconds>(length).count(), " s");
}

}  // namespace

Clock::duration stall_timeout(const State& state, const Limits& limits) {
  if (limits.stall_timeout) return *limits.stall_timeout;
  const Clock::duration step = state.step_times.median().value_or(Clock::duration::zero());
  return std::max<Clock::duration>(kShortestTimeout, kMedianSteps * step);
}

Stall stall_to_evict(const State& state, TimePoint now, const Limits& limits) {
  const bool is_due =
      std::any_of(state.workers.begin(), state.workers.end(), [&](const Worker& worker) {
        return may_stall(worker) &&
               quiet(worker, now) >= eviction_limit(state, worker, now, limits);
      });
  if (!is_due) return {};
  Stall stall = blame(state, now);
  if (!stall.ranks.empty()) return stall;
  // A timeout shorter than what counts as lately.
  for (int rank = 0; rank < static_cast<int>(state.workers.size()); ++rank) {
    const Worker& worker = worker_of(state, rank);
    if (!may_stall(worker) || quiet(worker, now) < eviction_limit(state, worker, now, limits)) {
      continue;
    }
    stall.ranks.push_back(rank);
    stall.length = std::max(stall.length, quiet(worker, now));
  }
  return stall;
}

Stall stall_to_name(const State& state, TimePoint now, const Limits& limits) {
  const Clock::duration step = state.step_times.median().value_or(Clock::duration::zero());
  const Clock::duration patience = std::max(limits.stall_named, 2 * step);
  const bool is_due =
      std::any_of(state.workers.begin(), state.workers.end(), [&](const Worker& worker) {
        return may_stall(worker) && !worker.stall_is_named && quiet(worker, now) >= patience;
      });
  return is_due && all_count(state) ? blame(state, now) : Stall{};
}

std::string stall_text(const State& state, const Stall& stall) {
  std::vector<std::string> names;
  for (const int rank : stall.ranks) {
    if (names.size() == kNamedMost) break;
    const Worker& worker = worker_of(state, rank);
    names.push_back(concat(name_of(rank, worker), " (", wire::to_string(worker.phase), ", step ",
                           worker.step, ", ", with_thousands(worker.operations), " operations)"));
  }
  std::string text = join(names, ", ");
  if (stall.ranks.size() > kNamedMost) {
    text += concat(" and ", stall.ranks.size() - kNamedMost, " more");
  }
  text += concat(stall.ranks.size() == 1 ? " has" : " have", " done nothing for ",
                 seconds_text(stall.length));
  std::vector<int> active;
  for (int rank = 0; rank < static_cast<int>(state.workers.size()); ++rank) {
    const auto is_in = [rank](const std::vector<int>& ranks) {
      return std::binary_search(ranks.begin(), ranks.end(), rank);
    };
    if (!is_in(stall.ranks) && !is_in(stall.waiting)) active.push_back(rank);
  }
  if (!stall.waiting.empty()) text += concat("; waiting: ", ranks_text(stall.waiting));
  if (!active.empty()) text += concat("; getting on: ", ranks_text(active));
  return text;
}

}  // namespace muster::coordinator
