// The checkpoints of a world. Training waits until every rank has copied its blocks to a staging
// buffer; rank 0 writes that to disk beside the training.
#pragma once

#include <atomic>
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
#include "common/checkpoint/load.h"
#include "common/config/experiment.h"
#include "common/deadline.h"
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
    std::optional<checkpoint::CheckpointState> state = {};  // Nothing: there is no checkpoint.
    std::vector<std::string> passed_over = {};  // Rank 0: damaged ones, a sentence each.
    std::string none_whole = {};                // Every rank: those sentences, where none is whole.
  };

  /// Takes the folder over: older generations publish nothing in it any more. The steps of the
  /// newest checkpoint there, whole or not; nothing when there is none. Collective.
  std::optional<std::int64_t> take_over();

  /// Loads the newest checkpoint that is whole into the arena of every node; damaged ones are
  /// passed over. Collective, blocks; `alive` is called about once a second while it gets on.
  /// Throws Error{invalid} when it is of another experiment than `own` (whose hash and identity
  /// count), Error{storage} when one cannot be read.
  Restored restore(const checkpoint::CheckpointState& own, const std::function<void()>& alive);

  /// Makes room for the copies of save(), on a thread of its own: the first one then takes no
  /// longer than the others. Collective. Not needed.
  void prepare();

  /// Copies the state to the staging buffer and lets it be written. Collective. When an earlier one
  /// is still being written, waits for it for a moment, unless that was in vain the last time; then
  /// this one is left out and counts as failed.
  void save(const checkpoint::CheckpointState& state);

  /// Writes the state as it is in the arena, which must not change meanwhile. Rank 0 only; blocks
  /// until it is durable. Throws as write_checkpoint.
  /// `progressed`: called now and then, from any thread.
  CheckpointSuccess save_now(const checkpoint::CheckpointState& state,
                             const std::function<void()>& progressed);

  /// How saves ended since the last call, in their order. Rank 0 only.
  std::vector<CheckpointOutcome> outcomes();

  /// Waits until nothing is being written any more. Rank 0 only. `progressed` is called about once
  /// a second while the writing gets on.
  void finish_writing(const std::function<void()>& progressed);

  /// The same, for `patience` at most, while the other ranks wait for rank 0. Collective. `alive`
  /// as in restore().
  void finish_writing_together(Clock::duration patience, const std::function<void()>& alive);

  /// What this rank has waited for all of them: for staging and earlier writes.
  double seconds() const { return seconds_; }

 private:
  std::optional<checkpoint::LoadedCheckpoint> newest_whole(
      const checkpoint::Receiver& receiver, std::vector<std::string>& passed_over) const;
  void load_as_first_rank(const std::string& name, const checkpoint::Receiver& receiver) const;
  bool is_free(Clock::duration patience);
  bool becomes_free();
  void wait_for_writer(const std::function<void()>& progressed, const Deadline& deadline);
  void stage();
  void make_room();
  void copy_blocks();
  void take_outcome();
  void write_beside(const checkpoint::CheckpointState& state);

  comm::Communicator& communicator_;
  const Arena& arena_;
  StateView state_;
  BlockRange blocks_;
  CheckpointSpec spec_;
  std::shared_ptr<checkpoint::Keeper> keeper_;   // Used by one save after the other.
  std::shared_ptr<comm::SharedMemory> staging_;  // On node 0; null before the first save.
  StateView staged_;                             // In staging_.
  std::future<void> preparing_;                  // Valid while the pages are being asked for.
  std::future<CheckpointOutcome> writing_;       // Rank 0; valid while its outcome was not taken.
  std::vector<CheckpointOutcome> outcomes_;
  bool waits_for_writer_ = true;                        // The last time that was not in vain.
  std::shared_ptr<std::atomic<std::int64_t>> pieces_ =  // Written so far, by all saves.
      std::make_shared<std::atomic<std::int64_t>>(0);
  double seconds_ = 0;
};

}  // namespace muster::worker
