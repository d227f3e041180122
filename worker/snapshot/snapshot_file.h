// The file of one rank's snapshots: a header and two slots. docs/recovery.md says it byte by
// byte.
//
//   0      header: who wrote it, of what
//   4096   slot 0: record, note (a text), hashes of blocks, blocks
//   ...    slot 1: the same
//
// A slot counts when its record says so and all hashes fit; a record is written last. Its writer
// may be killed at any instruction: the other slot is whole then. Little-endian, for the machine
// that wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "worker/snapshot/state_view.h"

namespace muster::worker {

inline constexpr std::int64_t kSnapshotSlots = 2;
inline constexpr std::size_t kSnapshotHeaderBytes = 4096;
inline constexpr std::size_t kSnapshotNoteBytes = 16 * 1024;  // Longest note.

/// Of a state and the experiment that it belongs to: files of another one are not looked at.
using StateIdentity = std::uint64_t;

/// The first bytes of a file.
struct SnapshotHeader {
  std::uint64_t magic = 0;
  StateIdentity identity = 0;
  std::int64_t generation = 0;
  std::int64_t rank = 0;
  BlockRange blocks;                 // That this file holds.
  std::uint64_t checksum = 0;        // XXH3-64 of what stands above.
  std::int64_t steps_completed = 0;  // Written at every step, not only when there is a snapshot.
};

/// The first bytes of a slot.
struct SlotRecord {
  std::int64_t step = -1;  // Steps completed; -1: the slot is empty, or being written.
  std::uint64_t note_bytes = 0;
  std::uint64_t checksum = 0;  // XXH3-64 of step, note and hashes of blocks.
};

/// Where things lie in a file for these columns and blocks.
class SnapshotLayout {
 public:
  SnapshotLayout(const StateView& state, BlockRange blocks);

  std::size_t file_bytes() const { return kSnapshotHeaderBytes + kSnapshotSlots * slot_bytes_; }
  std::size_t slot(std::int64_t index) const {
    return kSnapshotHeaderBytes + static_cast<std::size_t>(index) * slot_bytes_;
  }

  // From the start of a slot.
  std::size_t note() const { return sizeof(SlotRecord); }
  std::size_t hashes() const { return note() + kSnapshotNoteBytes; }
  std::size_t hash_count() const { return hash_count_; }
  /// Where a column's blocks begin, and its place among the hashes.
  std::size_t column(std::size_t index) const { return columns_[index]; }
  std::size_t first_hash(std::size_t index) const { return first_hash_[index]; }

 private:
  std::vector<std::size_t> columns_;
  std::vector<std::size_t> first_hash_;
  std::size_t hash_count_ = 0;
  std::size_t slot_bytes_ = 0;
};

inline constexpr std::uint64_t kSnapshotMagic = 0x31504e535453554d;  // "MUSTSNP1"

/// Names, sizes and `config_hash` in one number.
StateIdentity identity_of(const StateView& state, const std::string& config_hash);

std::uint64_t checksum_of(const SnapshotHeader& header);

/// The checksum of a record, over its own step and note_bytes, the note and the hashes.
std::uint64_t checksum_of(const SlotRecord& record, const std::byte* note,
                          const std::uint64_t* hashes, std::size_t count);

/// <folder>/generation-2.rank-0.snapshot
std::filesystem::path snapshot_file(const std::filesystem::path& folder, std::int64_t generation,
                                    std::int64_t rank);

}  // namespace muster::worker
