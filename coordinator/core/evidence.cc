#include "coordinator/core/evidence.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

#include "common/text.h"

namespace muster::coordinator {
namespace {

/// The code of a Failed message; a name that this build does not know counts as none.
std::optional<ErrorCode> code_of(const wire::Failed& failed) {
  try {
    return error_code_from(failed.code);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

enum class Strength { cause, maybe, consequence };

Strength strength_of(const Evidence& evidence) {
  if (evidence.said) {
    const auto code = code_of(*evidence.said);
    if (code == ErrorCode::aborted) return Strength::consequence;
    return code == ErrorCode::timeout ? Strength::maybe : Strength::cause;
  }
  return evidence.ended && evidence.ended->signal != 0 ? Strength::cause : Strength::maybe;
}

/// One line, whatever a worker wrote.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

std::string name_of(int rank, const Worker& worker) {
  if (worker.host.empty()) return concat("worker ", rank);
  return concat("worker ", rank, " on ", one_line(worker.host), " (pid ", worker.pid, ")");
}

/// `steps`: completed by the world. A worker's own last word about that may be a second old.
std::string what_happened(const Worker& worker, std::int64_t steps) {
  const Evidence& evidence = *worker.death;
  if (evidence.said) {
    return concat("failed at step ", evidence.said->step, ": ", one_line(evidence.said->code), ": ",
                  one_line(evidence.said->message));
  }
  const std::string place = concat(" at step ", std::max(worker.step, steps));
  if (evidence.ended) return end_text(*evidence.ended) + place;
  return concat("was lost", place, " (", *evidence.lost, ")");
}

std::string advice_for(const Evidence& evidence) {
  if (evidence.said) return evidence.said->hint;
  if (!evidence.ended) return {};
  switch (evidence.ended->signal) {
    case SIGKILL:
      return "nothing in the worker sends this signal: a person, a batch system or the kernel's "
             "out-of-memory killer did (dmesg tells)";
    case SIGBUS:
      return "a full /dev/shm, or a mapped file that became shorter, ends a process like this";
    default:
      return {};
  }
}

/// A worker that ends without a word still says by its exit status what kind of error it met.
int exit_status_for(const Evidence& evidence) {
  if (!evidence.said) {
    constexpr std::array kMeaningful = {exit_code::kBadData, exit_code::kUnreachable,
                                        exit_code::kStorage, exit_code::kBadConfig};
    const int status = evidence.ended ? evidence.ended->exit_code : exit_code::kSoftware;
    const bool is_meaningful =
        std::find(kMeaningful.begin(), kMeaningful.end(), status) != kMeaningful.end();
    return is_meaningful ? status : exit_code::kSoftware;
  }
  const auto code = code_of(*evidence.said);
  return code && *code != ErrorCode::aborted ? exit_status(*code) : exit_code::kSoftware;
}

/// Nobody but the launcher itself is to blame, or nobody is known.
Failure launcher_failure(const State& state) {
  const auto connected = std::count_if(state.workers.begin(), state.workers.end(),
                                       [](const Worker& worker) { return !worker.host.empty(); });
  std::string when =
      state.stage == Stage::connecting
          ? concat(" before all workers had connected (", connected, " of ", state.facts.workers,
                   ")")
          : concat(" at step ", state.steps, ", before worker 0 said it had finished");
  return {.reason = concat(state.facts.launcher, " ", end_text(*state.launcher_end), when),
          .advice = {},
          .excerpt = {.generation = state.generation, .rank = std::nullopt},
          .exit_status = exit_code::kSoftware,
          .is_certain = state.launcher_end->signal != 0};
}

}  // namespace

TimePoint first_sign(const State& state) {
  if (state.launcher_end) return *state.first_sign;
  TimePoint first = TimePoint::max();
  for (const Worker& worker : state.workers) {
    if (worker.death) first = std::min(first, worker.death->first_sign);
  }
  return first;
}

std::string missing_ranks(const State& state) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> parts;
  std::size_t named = 0;
  const auto is_missing = [&](std::size_t rank) {
    return rank < state.workers.size() && !state.workers[rank].connection;
  };
  for (std::size_t rank = 0; rank < state.workers.size() && parts.size() < kMost; ++rank) {
    if (!is_missing(rank)) continue;
    const std::size_t first = rank;
    while (is_missing(rank + 1)) ++rank;
    parts.push_back(rank == first ? concat(first) : concat(first, " to ", rank));
    named += rank - first + 1;
  }
  const std::size_t missing = state.workers.size() - static_cast<std::size_t>(state.connected);
  return join(parts, ", ") + (missing > named ? concat(" and ", missing - named, " more") : "");
}

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? concat("signal ", signal)
                         : concat("signal ", signal, " (SIG", name, ")");
}

std::string end_text(const ProcessEnd& end) {
  if (end.signal != 0) return "was killed by " + signal_text(end.signal);
  return concat("exited with status ", end.exit_code);
}

Failure first_failure(const State& state) {
  const Worker* first = nullptr;
  for (const Worker& worker : state.workers) {
    if (!worker.death) continue;
    const auto order = [](const Worker& w) {
      return std::pair(strength_of(*w.death), w.death->first_sign);
    };
    if (first == nullptr || order(worker) < order(*first)) first = &worker;
  }
  // A launcher never dies of a signal because a worker did: it was killed, and the workers with it.
  const bool launcher_was_killed = state.launcher_end && state.launcher_end->signal != 0;
  if (first == nullptr || (launcher_was_killed && strength_of(*first->death) != Strength::cause)) {
    return launcher_failure(state);
  }
  const int rank = static_cast<int>(first - state.workers.data());
  return {.reason = name_of(rank, *first) + " " + what_happened(*first, state.steps),
          .advice = advice_for(*first->death),
          .excerpt = {.generation = state.generation, .rank = rank},
          .exit_status = exit_status_for(*first->death),
          .is_certain = strength_of(*first->death) == Strength::cause};
}

}  // namespace muster::coordinator
