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

#include <functional>

namespace muster::coordinator {

/// What a coordinator returns that has given way to a successor elsewhere: what it started is not
/// ended, `cleanup` is not called, and supervise() returns exit_code::kSoftware.
inline constexpr int kGaveWay = 119;

/// Forks; the child, in a process group of its own, runs `coordinator` and ends with what it
/// returns. SIGINT, SIGTERM, SIGUSR1 and SIGHUP (unless ignored, as under nohup) are forwarded to
/// it. When it has ended, every remaining descendant is killed and reaped (five seconds at most),
/// then `cleanup` is called: for files that a killed coordinator left, see
/// remove_temporary_folders_of in temporary.h. Returns the child's exit status, or 128 + the signal
/// that ended it.
///
/// With `successor`: when a signal has ended the coordinator, and not one that was forwarded to it,
/// a child that runs `successor` takes its place instead, and its children are left alone; five
/// times within a minute at most.
///
/// For a process with one thread and no children of its own: those would be killed too.
/// Throws Error{unavailable} when there is no process to be had.
int supervise(const std::function<int()>& coordinator, const std::function<void()>& cleanup = {},
              const std::function<int()>& successor = {});

}  // namespace muster::coordinator
