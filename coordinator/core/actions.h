// What core/ can ask for. net/ and launch/ perform actions in the order given and decide nothing.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/run/state.h"
#include "common/run/summary.h"
#include "common/wire/messages.h"
#include "coordinator/core/events.h"

namespace muster::coordinator {

/// Answered by LaunchFailed, or by LauncherExited when it has ended.
struct LaunchGeneration {
  Generation generation = 0;
};

/// SIGKILL to every process of the generation. Answered by LauncherExited.
struct KillGeneration {
  Generation generation = 0;
};

/// Asks the worker at the other end to finish its step, write a checkpoint and end.
struct SendStop {
  ConnectionId connection{};
  std::string reason;
};

/// No ConnectionLost follows.
struct CloseConnection {
  ConnectionId connection{};
};

/// Tells the worker at the other end that its generation is over, and closes. No ConnectionLost
/// follows.
struct DismissWorker {
  ConnectionId connection{};
  Generation generation = 0;  // The present one.
};

struct AppendMetrics {
  Generation generation = 0;
  wire::MetricsLine line;
};

struct AnnounceCheckpoint {
  wire::CheckpointWritten checkpoint;
};

/// The run is in another state than before.
struct PublishState {
  run::State state = run::State::queued;
  std::string reason;
};

/// Whose log explains a notice.
struct LogExcerpt {
  Generation generation = 0;
  std::optional<int> rank;  // Empty: the launcher's log.
};

/// For a person to read now; with the last lines of a log where `excerpt` names one.
struct Notify {
  std::string text;
  std::optional<LogExcerpt> excerpt;
};

/// Once per run, before End. The run's name and id and the coordinator's number are filled in
/// by net/.
struct WriteSummary {
  run::Summary summary;
};

/// The last action of a run.
struct End {
  int exit_status = 0;
  bool keeps_snapshots = false;  // They hold steps that no checkpoint has, for whoever goes on.
};

using Action =
    std::variant<LaunchGeneration, KillGeneration, SendStop, CloseConnection, DismissWorker,
                 AppendMetrics, AnnounceCheckpoint, PublishState, Notify, WriteSummary, End>;

struct Decision {
  std::vector<Action> actions;  // Performed by net/ and launch/, in this order.
  std::string reason;           // For the log and the journal; empty for what happens all the time.
};

}  // namespace muster::coordinator
