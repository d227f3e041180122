// Gives back the memory of snapshots that are not needed any more. Nothing here throws: what cannot
// be removed is removed with the run's folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>

namespace muster::worker {

/// The slot at `start` counts as empty from now on, and its memory goes back to the system. The
/// file keeps its length.
void empty_slot(const std::filesystem::path& snapshot, std::size_t start,
                std::size_t bytes) noexcept;

/// Removes the snapshots of generations before `generation` from `folder`, but for those in `kept`.
void remove_generations_before(std::int64_t generation, const std::filesystem::path& folder,
                               const std::set<std::filesystem::path>& kept = {}) noexcept;

}  // namespace muster::worker
