// `muster checkpoint list` and `verify`: what is said of checkpoints. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_state.h"
#include "common/checkpoint/store.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli::checkpoints {

/// How much of a checkpoint is looked at.
enum class Look {
  over,     // Its files and their sizes, manifest and state.
  through,  // All bytes.
};

/// A checkpoint after a look.
struct Seen {
  std::string path;
  std::optional<std::int64_t> step;  // By its name; nothing for a folder of another name.
  std::uint64_t bytes = 0;           // Of its files.
  std::chrono::system_clock::time_point written;
  std::optional<checkpoint::CheckpointState> state;  // When it can be read.
  std::vector<checkpoint::Damage> damages;
};

/// A table with a heading, oldest first: step, epoch, size, age, metric of its weights, whether it
/// is whole; after a look over them, only whether it is complete.
std::string list_text(const std::vector<Seen>& checkpoints, Look look,
                      std::chrono::system_clock::time_point now);

/// One line each, and one for each thing that is wrong.
std::string verify_text(const std::vector<Seen>& checkpoints, const Style& style);

/// {"schema": 1, "whole": all of them, "checkpoints": [...]}: of both. After a look over them:
/// "complete" in place of "whole".
nlohmann::ordered_json checkpoints_json(const std::vector<Seen>& checkpoints, Look look);

}  // namespace muster::coordinator::cli::checkpoints
