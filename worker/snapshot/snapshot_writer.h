// Copies this rank's blocks of the state into its snapshot file in node memory. A kill at any
// instruction leaves the slot that is not being written as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/file_descriptor.h"
#include "worker/snapshot/snapshot_file.h"
#include "worker/snapshot/state_view.h"

namespace muster::worker {

/// Whose snapshots these are.
struct SnapshotOwner {
  StateIdentity identity = 0;
  std::int64_t generation = 1;
  std::int64_t rank = 0;
  BlockRange blocks;  // Of this rank.
};

class SnapshotWriter {
 public:
  /// Makes the file in `folder` (made when missing, for this user only). Holds a lock on it while
  /// it lives: a file without one belongs to nobody. Throws Error{storage}; no file is left then.
  SnapshotWriter(const std::filesystem::path& folder, const SnapshotOwner& owner,
                 const StateView& state);
  ~SnapshotWriter();
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  /// Takes the room for the slot of the next write(), which cannot fail then; nothing happens when
  /// it has it. The second slot waits until the first is written: until then the memory may be what
  /// an earlier generation's snapshot lies in. Throws Error{storage}.
  void make_room();

  /// Copies the owner's blocks, as they are after `step` steps, into the slot that was written less
  /// recently. `note`: what else belongs to the state, kSnapshotNoteBytes at most. Costs a copy and
  /// a hash of the blocks. To be called by all ranks after the same steps, when all of them have
  /// finished their last snapshot: the steps between two snapshots see to that. Makes room, too.
  void write(std::int64_t step, std::string_view note);

  const std::filesystem::path& path() const { return path_; }

 private:
  void make_file(const SnapshotOwner& owner);

  std::filesystem::path path_;
  const StateView& state_;
  BlockRange blocks_;
  SnapshotLayout layout_;
  FileDescriptor file_;
  std::byte* data_ = nullptr;
  std::int64_t next_slot_ = 0;
  std::int64_t slots_with_room_ = 0;
};

}  // namespace muster::worker
