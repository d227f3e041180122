// Signals that ask a direct launch to stop. The handler only sets a flag; the training looks at it
// once per step.
//
//   SIGINT, SIGTERM  The first asks for a stop; from then on both have their default action again,
//   so
//                    the second ends the process at once.
//   SIGUSR1          Asks for a stop, any number of times: mpirun forwards it to every rank, while
//   it
//                    answers its own SIGINT and SIGTERM by ending the ranks itself (Open MPI 4.1:
//                    SIGTERM one second after Ctrl-C, SIGKILL one second later).
#pragma once

#include <array>
#include <csignal>

namespace muster::worker {

/// One object at a time. The destructor puts back what was there before.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// True once one of the signals has come.
  bool requested() const;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};

  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace muster::worker
