// Which generation a folder of checkpoints belongs to: the largest N of the empty files
// .generation-N in it. A generation that was replaced and lives on (a worker that hung, a node that
// was cut off) finds a larger number there and publishes nothing any more.
//
// A file for each number, not a number in a file: two generations that claim the folder at the same
// time cannot overwrite each other's claim.
#pragma once

#include <cstdint>
#include <filesystem>

namespace muster::checkpoint {

/// The largest number; 0 when there is none. Throws Error{storage}.
std::int64_t present_generation(const std::filesystem::path& folder);

/// Makes the folder that of `generation` (1 or more), and removes what older ones left unfinished
/// (.tmp-<generation>-*) and their numbers. May be called again. Throws Error{aborted} when a
/// newer one has it, Error{storage}.
void claim_folder(const std::filesystem::path& folder, std::int64_t generation);

/// Removes what `generation` and older ones left unfinished, once none of them lives any more: it
/// is as large as a checkpoint. What cannot be removed stays for the next claim.
void remove_unfinished(const std::filesystem::path& folder, std::int64_t generation) noexcept;

}  // namespace muster::checkpoint
