// The folder for mpirun's session files: one per generation, short (Unix socket paths have 108
// bytes), in /tmp, and gone when the generation is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace muster::coordinator {

/// /tmp/muster-<uid>-<run id>-g<generation>
std::filesystem::path temporary_folder(const std::string& run_id, std::int64_t generation);

/// The same without the number: what the folders of all generations begin with.
std::filesystem::path temporary_folders_of(const std::string& run_id);

/// Makes it, empty, for this user only. Throws Error{storage}.
void make_temporary_folder(const std::filesystem::path& folder);

/// Removes the folder if it is this user's; never throws, never follows a link.
void remove_temporary_folder(const std::filesystem::path& folder) noexcept;

/// Removes what any generation of this run has left in /tmp: for the parent, when the coordinator
/// could not do it any more.
void remove_temporary_folders_of(const std::string& run_id) noexcept;

}  // namespace muster::coordinator
