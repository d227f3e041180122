// The folder of checkpoints of a run: which are there, which are whole, which is the newest of
// those, which may go. Reads what checkpoint_writer.h publishes.
//
// Nothing in a checkpoint is believed before its hash was compared, and nothing damaged is ever
// removed here: it is named and passed over. What cannot be read is not damaged for that: reading
// is tried again for a moment, then Error{storage} is thrown, and nothing is passed over. Names
// with a dot in front (unfinished ones) and step-N.damaged-N (moved aside by a writer) are no
// checkpoints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/safetensors_file.h"

namespace muster::checkpoint {

/// A folder with the name of a checkpoint.
struct StoredCheckpoint {
  std::int64_t step = 0;
  std::filesystem::path path;
};

/// One thing that is wrong with a checkpoint.
struct Damage {
  std::string file;  // "model.safetensors"
  std::string what;  // "is not the file that MANIFEST.json describes: ..."
};

/// "model.safetensors is cut: 10 bytes, ...; state.json cannot be read: ..."
std::string in_words(const std::vector<Damage>& damages);

/// The checkpoints in `folder`, steps ascending, whole or not; none when there is no such folder.
/// Throws Error{storage} when it cannot be listed.
std::vector<StoredCheckpoint> list(const std::filesystem::path& folder);

/// Everything wrong with the checkpoint at `path`; empty: it is whole. Reads all of it. Blocks.
/// A checkpoint of a later version counts as damaged: this program cannot vouch for it.
/// `progressed` is called after every piece (1 MiB) that was hashed. Throws Error{storage}.
std::vector<Damage> verify(const std::filesystem::path& path,
                           const std::function<void()>& progressed = {});

/// The same without reading tensors: which files there are, their sizes, manifest and state. Reads
/// a few thousand bytes.
std::vector<Damage> verify_all_but_tensors(const std::filesystem::path& path);

using OnDamaged = std::function<void(const StoredCheckpoint&, const std::vector<Damage>&)>;

/// The newest checkpoint in `folder` that is whole; nothing when none is. Those newer than it are
/// told to `on_damaged`, newest first, and left alone; one that is removed meanwhile counts as
/// never seen. Blocks. Throws Error{storage}.
std::optional<StoredCheckpoint> newest_valid(const std::filesystem::path& folder,
                                             const OnDamaged& on_damaged);

/// A checkpoint to read from. Of one that verify() found whole.
struct OpenCheckpoint {
  std::filesystem::path path;
  CheckpointState state;
  SafetensorsFile model;
  std::optional<SafetensorsFile> optimizer;  // Nothing: it was written without.
};

/// Throws Error{corrupt} or Error{storage}, naming the file.
OpenCheckpoint open_checkpoint(const std::filesystem::path& path);

/// The text of a small file. Throws Error{corrupt} when it is missing, Error{storage} when it
/// cannot be read.
std::string read_small_file(const std::filesystem::path& file);

/// Manifest and state of a checkpoint, each compared with its hash. The tensors' files are not
/// looked at.
struct SmallFiles {
  Manifest manifest;
  CheckpointState state;
};

/// Throws Error{corrupt} when one of them is damaged or missing or is that of another step than the
/// folder's name says, Error{unsupported} for a later version, Error{storage}.
SmallFiles read_small_files(const std::filesystem::path& path);

/// The state alone, as it stands there. Throws as open_checkpoint.
CheckpointState read_state(const std::filesystem::path& path);

/// The step of the whole checkpoint whose weights were the best by `metric` (the earliest of
/// several); nothing when there is none that was evaluated by it. Only evaluations of the very
/// weights count. To know that it is whole it is read, unless it is one of `whole`, to which it is
/// then added. Blocks. Throws Error{storage}.
std::optional<std::int64_t> best_step(const std::filesystem::path& folder,
                                      const std::string& metric, std::set<std::int64_t>& whole);

/// What retain() leaves.
struct Retention {
  std::optional<std::int64_t> keep = {};  // So many of the last ones, 1 or more. Empty: all.
  std::optional<std::string> best = {};   // And the best by this metric.
};

struct Retained {
  std::vector<std::int64_t> removed = {};  // Steps; ascending.
  std::vector<std::string> problems = {};  // What could not be removed, and why.
};

/// Removes the other checkpoints of `folder`, but never the newest whole one. `whole`: steps that
/// are known to be; where it has one that is there, none has to be looked for. Each disappears
/// whole or not at all: it is renamed to .tmp-remove-step-N first. What an earlier call left of one
/// is removed too. What cannot be removed hinders no other: it is told, and is tried again by the
/// next call. Throws as best_step.
Retained retain(const std::filesystem::path& folder, const Retention& retention,
                std::set<std::int64_t>& whole);

}  // namespace muster::checkpoint
