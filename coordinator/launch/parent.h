// `muster run` itself: a tiny parent that owns the terminal and the signals and starts the
// coordinator.
//
// It is the subreaper of everything below it, so that whatever a run started, and however its own
// parent died, is found, ended and waited for here: an orphan becomes a child of this process. It
// allocates nothing after the start and does no I/O but wait, look at its children in /proc and
// forward signals, so that it is the last thing that breaks.
//
// If this process itself is killed, the coordinator gets SIGTERM, as if it had been asked to stop.
#pragma once

#include <csignal>
#include <functional>
#include <vector>

#include "coordinator/launch/signal_set.h"

namespace muster::coordinator {

/// What a coordinator returns that has given way to a successor elsewhere: what it started is not
/// ended, `cleanup` is not called, and supervise_run() returns exit_code::kSoftware.
inline constexpr int kGaveWay = 119;

/// Forks; the child, in a process group of its own, runs `work` and ends with what it returns.
/// SIGINT, SIGTERM, SIGUSR1 and SIGHUP (unless ignored, as under nohup) are forwarded to it. When
/// it has ended, every remaining descendant is killed and reaped (five seconds at most), then
/// `cleanup` is called: for files that a killed child left. Returns the child's exit status, or 128
/// + the signal that ended it.
///
/// For a process with one thread and no children of its own: those would be killed too.
/// Throws Error{unavailable} when there is no process to be had.
int supervise(const std::function<int()>& work, const std::function<void()>& cleanup);

/// One coordinator in the line of those that a parent starts. In the coordinator's process.
class Succession {
 public:
  Succession(const SignalSet& signals, int parent, bool takes_over, const sigset_t& unheard);

  /// One before this has begun, and has not ended its world: there may be something to take over.
  bool takes_over() const { return takes_over_; }

  /// Signals that were forwarded to those before, which may have died before they saw them.
  const std::vector<int>& unheard() const { return unheard_; }

  /// From now on signals reach this process (until then they are held back: its handlers are
  /// installed by now), and the run is its own: what of it lives when this process returns is
  /// ended. A coordinator that returns without this call has touched nothing.
  void begin() const;

 private:
  const SignalSet& signals_;
  int parent_;  // A pipe.
  bool takes_over_;
  std::vector<int> unheard_;
};

/// As supervise(), for a run: a coordinator that does not end the run gets a successor, which finds
/// the world of the one before as it is.
///  - Ended by a signal, whichever: at once, five times within a minute.
///  - Returned without Succession::begin(): after a wait of 0.25 s, 0.5 s, ... 30 s.
///  - More often than that: only while something that the run has started lives, 30 s apart.
/// A signal that comes between two coordinators is the next one's; after a second SIGINT
/// there is none.
///
/// What lives is ended, and `cleanup` called, when a coordinator that has begun returns, or on that
/// SIGINT. Otherwise nothing is touched: not when the first one cannot even begin, nor when none
/// can any more. Returns the last one's exit status, or 128 + the signal that ended it.
///
/// Throws Error{unavailable} when there is no process to be had for the first one.
int supervise_run(const std::function<int(const Succession&)>& coordinator,
                  const std::function<void()>& cleanup);

}  // namespace muster::coordinator
