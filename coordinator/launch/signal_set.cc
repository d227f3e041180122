#include "coordinator/launch/signal_set.h"

#include <chrono>
#include <ctime>

namespace muster::coordinator {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalSet::SignalSet() {
  ::signal(SIGCHLD, SIG_DFL);
  sigemptyset(&set_);
  sigaddset(&set_, SIGCHLD);
  for (const int signal : kAskingSignals) {
    if (!is_ignored(signal)) sigaddset(&set_, signal);
  }
  ::sigprocmask(SIG_BLOCK, &set_, &before_);
}

int SignalSet::wait(Clock::duration patience) const {
  const auto nanoseconds = std::chrono::nanoseconds(patience).count();
  const timespec time{.tv_sec = nanoseconds / 1'000'000'000,
                      .tv_nsec = nanoseconds % 1'000'000'000};
  const int signal = ::sigtimedwait(&set_, nullptr, &time);
  return signal > 0 ? signal : 0;
}

}  // namespace muster::coordinator
