// How checkpoints are tried: what cannot be read once more, what is damaged not, but the one
// before.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "common/checkpoint/store.h"
#include "common/error.h"

namespace muster::checkpoint {

/// What `read` returns. When it throws Error{storage}, it is called again after a moment, twice at
/// most: a stale handle or a server that has just been started again is soon over. Blocks.
template <class Read>
auto with_patience(const Read& read) {
  for (const auto pause : {std::chrono::milliseconds(50), std::chrono::milliseconds(450)}) {
    try {
      return read();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::storage) throw;
    }
    std::this_thread::sleep_for(pause);
  }
  return read();
}

/// Tries the checkpoints of `folder`, the newest first, until one is whole. `attempt` takes a
/// StoredCheckpoint and returns a variant of a result and of damages; it throws for what is
/// neither. As newest_valid.
template <class Attempt>
auto first_whole(const std::filesystem::path& folder, const OnDamaged& on_damaged,
                 const Attempt& attempt) {
  using Outcome = decltype(attempt(StoredCheckpoint()));
  std::optional<std::variant_alternative_t<0, Outcome>> found;
  std::vector<StoredCheckpoint> checkpoints = list(folder);
  for (; !found && !checkpoints.empty(); checkpoints.pop_back()) {
    Outcome outcome = attempt(checkpoints.back());
    if (auto* result = std::get_if<0>(&outcome)) {
      found = std::move(*result);
      continue;
    }
    std::error_code ignored;
    const auto type = std::filesystem::status(checkpoints.back().path, ignored).type();
    const bool is_gone = type == std::filesystem::file_type::not_found;
    if (on_damaged && !is_gone) on_damaged(checkpoints.back(), std::get<1>(outcome));
  }
  return found;
}

}  // namespace muster::checkpoint
