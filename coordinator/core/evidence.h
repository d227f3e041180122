// Which failure was the first, and how to say it.
//
// When one worker dies, the others soon fail too: their collectives abort, mpirun kills them. The
// failure that explains the others is the one with the strongest evidence, and among equals the
// earliest first sign:
//   1  its own words, unless they only say that something else broke; death by a signal;
//   2  a deadline of its own, an exit code, a lost connection: may be a consequence;
//   3  "aborted": is a consequence.
#pragma once

#include <string>

#include "coordinator/core/actions.h"
#include "coordinator/core/state.h"

namespace muster::coordinator {

struct Failure {
  std::string reason;                 // One line: rank, host, pid, what happened, at which step.
  std::string advice;                 // What to do about it; may be empty.
  std::optional<LogExcerpt> excerpt;  // The log that may say more.
  int exit_status = 70;
  std::string how;          // FailureKind::how
  bool can_pass = true;     // Another attempt may do better.
  bool is_certain = false;  // Strongest evidence: what may still come explains it no better.
};

/// The first failure of the present generation. Some evidence exists, or the launcher has ended.
Failure first_failure(const State& state);

/// The earliest sign of a death that has not turned out to be a false alarm. There is one.
TimePoint first_sign(const State& state);

/// "3", "0, 2 to 5, 9 and 990 more". Ranks are ascending.
std::string ranks_text(const std::vector<int>& ranks);

/// The ranks without a connection, as above.
std::string missing_ranks(const State& state);

/// "worker 1 on n1 (pid 101)"
std::string name_of(int rank, const Worker& worker);

/// "signal 9 (SIGKILL)"
std::string signal_text(int signal);

/// "was killed by signal 9 (SIGKILL)", "exited with status 3"
std::string end_text(const ProcessEnd& end);

}  // namespace muster::coordinator
