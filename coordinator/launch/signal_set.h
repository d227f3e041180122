// Signals that are waited for instead of interrupting: those that a parent hands on, and the end of
// a child.
#pragma once

#include <array>
#include <csignal>

#include "common/deadline.h"

namespace muster::coordinator {

/// What asks a run to end.
inline constexpr std::array kAskingSignals = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};

/// Blocks SIGCHLD and those of kAskingSignals that are not ignored (as under nohup), in this thread
/// and the processes that it forks, until restore() or its end. SIGCHLD gets its default action:
/// whoever inherits it ignored is never told of the end of a child.
class SignalSet {
 public:
  SignalSet();
  ~SignalSet() { restore(); }
  SignalSet(const SignalSet&) = delete;
  SignalSet& operator=(const SignalSet&) = delete;

  /// The mask as it was before. Safe in a forked child.
  void restore() const { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// The next one; 0 when none came in time. Blocks for `patience` at most.
  int wait(Clock::duration patience) const;

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace muster::coordinator
