// The checkpoints of a world. Training waits until every rank has copied its blocks to a staging
// buffer; rank 0 writes that to disk beside the training.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "comm/communicator.h"
#include "common/checkpoint/keeper.h"
#include "common/config/experiment.h"
#include "common/error.h"
#include "worker/snapshot/state_view.h"
#include "worker/train/arena.h"

namespace muster::worker {

struct CheckpointSpec {
  std::filesystem::path folder;
  std::int64_t generation = 1;
  config::Checkpoint options;
};

/// A checkpoint that could not be written. The one before is untouched.
struct CheckpointFailure {
  std::int64_t step = 0;
  Error error;
};

struct CheckpointSuccess {
  std::int64_t step = 0;
  checkpoint::KeptCheckpoint kept;
};

using CheckpointOutcome = std::variant<CheckpointSuccess, CheckpointFailure>;

class Checkpoints {
 public:
  /// `blocks`: those of this rank. Communicator and arena outlive this.
  Checkpoints(comm::Communicator& communicator, const Arena& arena, BlockRange blocks,
              CheckpointSpec spec);

  struct Restored {
    std::optional<checkpoint::CheckpointState> state = {};  // Nothing: there is no whole one.
    bool arena_is_spoilt = false;  // A damaged one was read into it, and nothing after it.
  };

  /// Takes the folder over: older generations publish nothing in it any more. Loads the newest
  /// checkpoint that is whole into the arena of every node; damaged ones are named
  /// in the log and passed over. Collective. Throws Error{invalid} when it is of another experiment
  /// than `own` (whose hash and identity count).
  Restored restore(const checkpoint::CheckpointState& own);

  /// Copies the state to the staging buffer and lets it be written. Collective. When an earlier one
  /// is still being written, waits for it for a moment; if it goes on longer, this one is left out
  /// and counts as failed.
  void save(const checkpoint::CheckpointState& state);

  /// Writes the state as it is in the arena, which must not change meanwhile. Rank 0 only; blocks
  /// until it is durable. Throws as write_checkpoint.
  /// `progressed`: called now and then, from any thread.
  CheckpointSuccess save_now(const checkpoint::CheckpointState& state,
                             const std::function<void()>& progressed);

  /// How saves ended since the last call, in their order. Rank 0 only.
  std::vector<CheckpointOutcome> outcomes();

  /// Waits until nothing is being written any more. Rank 0 only.
  void finish_writing();

  /// What this rank has waited for all of them: for staging and earlier writes.
  double seconds() const { return seconds_; }

 private:
  bool is_free(Clock::duration patience);
  void stage();
  void write_beside(const checkpoint::CheckpointState& state);

  comm::Communicator& communicator_;
  const Arena& arena_;
  StateView state_;
  BlockRange blocks_;
  CheckpointSpec spec_;
  std::shared_ptr<checkpoint::Keeper> keeper_;   // Used by one save after the other.
  std::shared_ptr<comm::SharedMemory> staging_;  // One per node; null before the first save.
  StateView staged_;                             // In staging_.
  std::future<CheckpointOutcome> writing_;       // Rank 0; valid while its outcome was not taken.
  std::vector<CheckpointOutcome> outcomes_;
  double seconds_ = 0;
};

}  // namespace muster::worker
