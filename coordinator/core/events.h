// What can happen to a run: everything that core/ is ever told.
//
// Every event about a world carries the number of its generation, and every event of a connection
// the identity of that connection, so that what is late (of an older generation, of a connection
// that has been replaced) is recognised here and nowhere else.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/error.h"
#include "common/run/summary.h"
#include "common/wire/messages.h"

namespace muster::coordinator {

/// One launch of the world; the first is 1.
using Generation = std::int64_t;

/// One authenticated connection, never used twice within a coordinator. Later ones are larger.
enum class ConnectionId : std::uint64_t {};

/// How a process ended.
struct ProcessEnd {
  int exit_code = 0;     // Meaningful only when signal is 0.
  int signal = 0;        // 0: it exited by itself.
  bool is_known = true;  // False: of a process that an earlier coordinator had started.

  bool is_success() const { return exit_code == 0 && signal == 0; }
  bool operator==(const ProcessEnd&) const = default;
};

/// What asked for the end of the run.
struct StopCause {
  int signal = 0;  // 0: `muster stop`.

  bool is_request() const { return signal == 0; }
  /// A batch system is about to take the machine away; the run is to go on elsewhere.
  bool is_preemption() const { return signal == SIGTERM || signal == SIGUSR1; }
  bool operator==(const StopCause&) const = default;
};

/// The worker that, as the launcher says, ended badly before all others.
struct WorkerEnd {
  int rank = 0;
  std::string host;      // Empty: not said.
  std::int64_t pid = 0;  // 0: not said.
  ProcessEnd end;

  bool operator==(const WorkerEnd&) const = default;
};

/// The coordinator is ready: it listens, and its number is taken.
struct Started {};

/// How a run ends.
struct Ending {
  run::Status status = run::Status::completed;
  std::string reason;  // One line.
  int exit_status = 0;

  bool operator==(const Ending&) const = default;
};

/// What a coordinator that dies leaves behind, beside what the ledger counts: how things stand with
/// the present generation.
struct Handover {
  bool was_complete = false;    // Some generation was, with every worker connected.
  bool has_restored = false;    // The present one has loaded its state.
  std::int64_t steps = 0;       // Completed by it.
  std::int64_t redo_until = 0;  // State::redo_until.
  bool is_recovering = false;   // It has failed; the next one was to be launched.
  int open_recoveries = 0;      // Failures that no step has followed.
  std::optional<StopCause> stop = {};
  std::optional<wire::Finished> finished = {};  // As rank 0 said.
  std::optional<Ending> ending = {};            // How the run was to end.
  bool has_ended = false;                       // No process was left.

  bool operator==(const Handover&) const = default;
};

/// Instead of Started: the coordinator before this one has died, and its generation is taken over.
struct Adopted {
  bool launcher_is_running = false;
  Handover left;
};

/// A worker has authenticated and said Hello.
struct WorkerConnected {
  ConnectionId connection{};
  wire::Hello hello;
};

struct WorkerSpoke {
  ConnectionId connection{};
  Generation generation = 0;
  int rank = 0;
  wire::Message message;
};

/// End of file, a reset, or a frame that broke the protocol. Comes after everything that was read.
struct ConnectionLost {
  ConnectionId connection{};
  Generation generation = 0;
  int rank = 0;
  std::string why;  // "end of file"
};

/// The launcher (mpirun) of a generation has ended; no process of that generation is left.
struct LauncherExited {
  Generation generation = 0;
  ProcessEnd end;
  std::optional<WorkerEnd> reported;  // What it wrote about the first worker that ended badly.
};

/// The launcher could not be started at all.
struct LaunchFailed {
  Generation generation = 0;
  ErrorCode code = ErrorCode::unavailable;
  std::string message;
};

/// A signal that asks for an end: with a checkpoint; a SIGINT that is not the first signal, at
/// once.
struct Interrupted {
  int signal = 0;
};

/// `muster stop`: as the first signal, but the run ends with 0.
struct StopRequested {
  std::string reason;  // Who asks.
};

/// Time goes by: about ten times a second.
struct Tick {};

using Event = std::variant<Started, Adopted, WorkerConnected, WorkerSpoke, ConnectionLost,
                           LauncherExited, LaunchFailed, Interrupted, StopRequested, Tick>;

}  // namespace muster::coordinator
