// The snapshots that earlier generations left in a folder: which steps are whole, and their blocks.
// Nothing in the files is trusted: a damaged one counts as absent. Read with pread: a file that is
// cut short under our hands is an error, not a SIGBUS.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/file_descriptor.h"
#include "worker/snapshot/snapshot_file.h"
#include "worker/snapshot/state_view.h"

namespace muster::worker {

class SnapshotReader {
 public:
  /// Opens what of `identity` lies in `folder`; a missing folder has nothing. Never throws for what
  /// files contain.
  SnapshotReader(const std::filesystem::path& folder, StateIdentity identity,
                 const StateView& state);

  /// The newest step below `bound` for which the files have every block; nothing when there is
  /// none. That a block is there does not mean that it is undamaged: load() tells.
  std::optional<std::int64_t> newest_step(std::int64_t bound) const;

  /// Copies `blocks` of the state after `step` to where the StateView points, checking every hash.
  /// False when some block has no undamaged copy: what has been written to is then undefined.
  bool load(std::int64_t step, BlockRange blocks) const;

  /// What was noted with that step. It is one of newest_step().
  std::string note(std::int64_t step) const;

  /// Gives back the memory of what generations before `generation` left in the folder, but for the
  /// state after `step`: the next snapshots need it. For one rank of the node, when no rank reads
  /// from here any more. Never throws.
  void give_back(std::int64_t generation, std::optional<std::int64_t> step) const noexcept;

  /// Sentences about files that were damaged so far, for the log.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  struct Slot {
    std::size_t file = 0;  // Index.
    std::size_t start = 0;
    std::int64_t step = 0;
    std::string note;
    std::vector<std::uint64_t> hashes;
  };
  struct File {
    std::filesystem::path path;
    FileDescriptor descriptor;
    BlockRange blocks;
    SnapshotLayout layout;
  };

  void open_file(const std::filesystem::path& path, StateIdentity identity);
  void read_slot(std::size_t file, std::int64_t index);
  bool has_state_after(std::int64_t step, std::size_t file) const;
  bool load_block(std::int64_t step, std::size_t column, std::int64_t block) const;

  std::filesystem::path folder_;
  const StateView& state_;
  std::vector<File> files_;
  std::vector<Slot> slots_;
  mutable std::vector<std::string> complaints_;
};

}  // namespace muster::worker
