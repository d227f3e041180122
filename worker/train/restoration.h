// Where a generation goes on: from the newest state that is whole, snapshot or checkpoint.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
#include "worker/train/checkpoints.h"
#include "worker/train/snapshots.h"

namespace muster::worker {

struct StateSources {
  Snapshots* snapshots = nullptr;  // Null: there are none.
  Checkpoints& checkpoints;
  std::function<void()> start_afresh;  // Gives the arena the initial state again. Collective.
  std::function<void()> alive;         // Called now and then while a checkpoint is being loaded.
};

struct RestoredState {
  std::optional<checkpoint::CheckpointState> state;  // Nothing: the arena has the initial one.
  std::string source;  // As in wire::Restored: "snapshot", "checkpoint step-000120", "start".
  std::vector<std::string> remarks = {};  // Rank 0: checkpoints that were damaged.
};

/// Loads it into the arena. Collective. `own`: a checkpoint of another experiment is refused, as
/// Checkpoints::restore says. Throws Error{corrupt} on all ranks when there are checkpoints and
/// nothing that is whole.
RestoredState restore_newest(const StateSources& sources, const checkpoint::CheckpointState& own);

}  // namespace muster::worker
