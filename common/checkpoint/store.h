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
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
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

/// The state alone. Throws as open_checkpoint.
CheckpointState read_state(const std::filesystem::path& path);

/// The step of the checkpoint whose last evaluation was the best by `metric` (the earliest of
/// several); nothing when no state has it. Unreadable ones are passed over.
std::optional<std::int64_t> best_step(const std::filesystem::path& folder,
                                      const std::string& metric);

/// What retain() leaves.
struct Retention {
  std::optional<std::int64_t> keep = {};       // So many of the last ones, 1 or more. Empty: all.
  std::optional<std::int64_t> best = {};       // And this step.
  std::optional<std::int64_t> published = {};  // And this one, which was just written: it is whole.
};

struct Retained {
  std::vector<std::int64_t> removed = {};  // Steps; ascending.
  std::vector<std::string> problems = {};  // What could not be removed, and why.
};

/// Removes the other checkpoints of `folder`, but never the newest whole one (without `published`
/// it has to be looked for). Each disappears whole or not at all: it is renamed to
/// .tmp-remove-step-N first. What an earlier call left of one is removed too. What cannot be
/// removed hinders no other: it is told, and is tried again by the next call. Throws as list().
Retained retain(const std::filesystem::path& folder, const Retention& retention);

}  // namespace muster::checkpoint
