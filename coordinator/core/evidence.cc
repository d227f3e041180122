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

/// "at step 7": what the world has completed. A worker's own last word about that may be old.
std::string place_of(const State& state, std::int64_t step_of_worker) {
  if (state.generation > 1 && !state.restored) return "before it had loaded its state";
  return concat("at step ", std::max(step_of_worker, state.steps));
}

std::string what_happened(const Worker& worker, const State& state) {
  const Evidence& evidence = *worker.death;
  if (evidence.said) {
    return concat("failed at step ", evidence.said->step, ": ", one_line(evidence.said->code), ": ",
                  one_line(evidence.said->message));
  }
  const std::string place = " " + place_of(state, worker.step);
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

std::string how_it_failed(const Evidence& evidence) {
  if (evidence.said) return "code " + one_line(evidence.said->code);
  if (!evidence.ended) return "lost";
  return evidence.ended->signal != 0 ? concat("signal ", evidence.ended->signal)
                                     : concat("status ", evidence.ended->exit_code);
}

/// Wrong experiments, data and numbers are as wrong the next time.
bool can_pass(const Evidence& evidence) {
  if (evidence.said) {
    const auto code = code_of(*evidence.said);
    return code != ErrorCode::invalid && code != ErrorCode::corrupt &&
           code != ErrorCode::unsupported;
  }
  if (!evidence.ended) return true;
  constexpr std::array kFinal = {exit_code::kUsage, exit_code::kBadData, exit_code::kBadConfig};
  return std::find(kFinal.begin(), kFinal.end(), evidence.ended->exit_code) == kFinal.end();
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
          : concat(" ", place_of(state, 0), ", before worker 0 said it had finished");
  return {.reason = concat(state.facts.launcher, " ", end_text(*state.launcher_end), when),
          .advice = {},
          .excerpt = LogExcerpt{.generation = state.generation, .rank = std::nullopt},
          .exit_status = exit_code::kSoftware,
          .how = "launcher " + end_text(*state.launcher_end),
          .can_pass = true,
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

std::string ranks_text(const std::vector<int>& ranks) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> parts;
  std::size_t next = 0;
  while (next < ranks.size() && parts.size() < kMost) {
    const std::size_t first = next++;
    while (next < ranks.size() && ranks[next] == ranks[next - 1] + 1) ++next;
    parts.push_back(next == first + 1 ? concat(ranks[first])
                                      : concat(ranks[first], " to ", ranks[next - 1]));
  }
  const std::size_t left = ranks.size() - next;
  return join(parts, ", ") + (left > 0 ? concat(" and ", left, " more") : "");
}

std::string missing_ranks(const State& state) {
  std::vector<int> missing;
  for (int rank = 0; rank < static_cast<int>(state.workers.size()); ++rank) {
    if (!state.workers[static_cast<std::size_t>(rank)].connection) missing.push_back(rank);
  }
  return ranks_text(missing);
}

std::string name_of(int rank, const Worker& worker) {
  if (worker.host.empty()) return concat("worker ", rank);
  return concat("worker ", rank, " on ", one_line(worker.host), " (pid ", worker.pid, ")");
}

std::string signal_text(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? concat("signal ", signal)
                         : concat("signal ", signal, " (SIG", name, ")");
}

std::string end_text(const ProcessEnd& end) {
  if (!end.is_known) return "ended";
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
  return {.reason = name_of(rank, *first) + " " + what_happened(*first, state),
          .advice = advice_for(*first->death),
          .excerpt = LogExcerpt{.generation = state.generation, .rank = rank},
          .exit_status = exit_status_for(*first->death),
          .how = how_it_failed(*first->death),
          .can_pass = can_pass(*first->death),
          .is_certain = strength_of(*first->death) == Strength::cause};
}

}  // namespace muster::coordinator
