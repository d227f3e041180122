// Loads a checkpoint in one pass: every byte is read once, goes to where it is needed and is hashed
// while the processor's cache still has it. So only after the last byte it is known whether the
// checkpoint is whole; until then what the memory holds is worth nothing.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
#include "common/checkpoint/safetensors_file.h"
#include "common/checkpoint/store.h"

namespace muster::checkpoint {

struct LoadedCheckpoint {
  std::filesystem::path path;
  CheckpointState state;
  bool has_optimizer = false;  // False: it was written without.
};

/// Memory for every tensor of a file, in the order of file.tensors(), each of exactly its size.
using Places = std::vector<std::span<std::byte>>;

/// Who a checkpoint is loaded for. What its functions throw, load() throws, unless the checkpoint
/// is damaged: a damaged header may say anything.
struct Receiver {
  /// Asked before any tensor; the state is whole. Throws to refuse the checkpoint.
  std::function<void(const LoadedCheckpoint&)> accept;
  /// Says where the tensors go. Throws to refuse them. Called one after the other, on the caller's
  /// thread, `optimizer` only when there is such a file.
  std::function<Places(const SafetensorsFile&)> model;
  std::function<Places(const SafetensorsFile&)> optimizer;
  /// Called after every piece (1 MiB at most). From two threads, also at the same time. May be
  /// empty.
  std::function<void()> progressed = {};
};

/// Loads the checkpoint at `path`, on two threads. Blocks. Throws Error{corrupt} when it is
/// damaged, Error{storage} when it cannot be read. Tries that again, so the receiver may be asked
/// again.
LoadedCheckpoint load(const std::filesystem::path& path, const Receiver& receiver);

/// Loads the newest checkpoint in `folder` that is whole; nothing when none is. Those newer than it
/// are told to `on_damaged`, newest first, and left alone. Blocks. Throws as newest_valid, and what
/// the receiver throws.
std::optional<LoadedCheckpoint> load_newest_valid(const std::filesystem::path& folder,
                                                  const Receiver& receiver,
                                                  const OnDamaged& on_damaged);

}  // namespace muster::checkpoint
