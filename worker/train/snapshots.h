// The snapshots of a world: all ranks take them after the same steps, and all go on from the same
// one. What a single rank writes and reads: worker/snapshot.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "comm/communicator.h"
#include "worker/snapshot/pace.h"
#include "worker/snapshot/snapshot_reader.h"
#include "worker/snapshot/snapshot_writer.h"
#include "worker/snapshot/state_view.h"
#include "worker/train/arena.h"

namespace muster::worker {

/// Where snapshots go, and of what they are.
struct SnapshotSpec {
  std::filesystem::path folder;
  std::string config_hash;
  std::int64_t generation = 1;
  std::optional<std::int64_t> interval;  // In steps. Empty: by the time that they cost.
};

class Snapshots {
 public:
  /// `blocks`: those of this rank; the ranks of a node hold all of them. Communicator and arena
  /// outlive this.
  Snapshots(comm::Communicator& communicator, const Arena& arena, BlockRange blocks,
            SnapshotSpec spec);

  /// Loads the newest snapshot after `at_least` steps or more that is whole and undamaged on every
  /// rank into the arena, and returns its note; nothing when there is none: if `arena_is_spoilt` is
  /// set then, a damaged one has been written over the arena. Collective.
  struct Restored {
    std::optional<std::string> note;
    bool arena_is_spoilt = false;
  };
  Restored restore(std::int64_t at_least);

  /// The training goes on after `step` steps: what earlier generations left of other steps makes
  /// room. Nothing for a start anew. After all ranks have loaded it.
  void go_on_after(std::optional<std::int64_t> step) const;

  /// This rank's opinion whether to take one after `steps` steps. `training_seconds`: so far.
  bool is_due(std::int64_t steps, double training_seconds) const;

  /// Copies this rank's blocks. Collective the first times, when room is made: where a rank has
  /// none, all do without from then on, and the log says why.
  void take(std::int64_t steps, const std::string& note);

  /// All ranks have done another step.
  void step_completed();

  /// What all of them have cost this rank.
  double seconds() const { return pace_.spent_seconds(); }
  std::int64_t count() const { return pace_.count(); }

 private:
  SnapshotReader reader() const;
  bool make_room();

  comm::Communicator& communicator_;
  StateView state_;
  BlockRange blocks_;
  SnapshotSpec spec_;
  SnapshotPace pace_;
  bool has_room_ = true;                    // False: there are no more snapshots.
  bool has_replaced_older_ = false;         // Those of earlier generations are removed.
  std::unique_ptr<SnapshotWriter> writer_;  // Null before the first.
};

}  // namespace muster::worker
