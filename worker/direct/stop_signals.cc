#include "worker/direct/stop_signals.h"

#include <atomic>
#include <cerrno>

#include "common/error.h"

namespace muster::worker {
namespace {

// Handlers have no object: the state they share is the process's.
std::atomic<bool> stop_requested{false};
std::atomic<bool> installed{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a handler may only touch lock-free atomics");

void restore_default(int signal) {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
}

/// Async-signal-safe: sigaction(2) and a lock-free store only.
void on_signal(int signal) {
  const int errno_before = errno;
  stop_requested.store(true);
  if (signal != SIGUSR1) {
    restore_default(SIGINT);
    restore_default(SIGTERM);
  }
  errno = errno_before;
}

}  // namespace

StopSignals::StopSignals() {
  const bool installed_before = installed.exchange(true);
  MUSTER_ASSERT(!installed_before, "stop signals are installed twice");
  stop_requested.store(false);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;  // Reads and writes of the training go on.
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  installed.store(false);
}

bool StopSignals::requested() const { return stop_requested.load(); }

}  // namespace muster::worker
