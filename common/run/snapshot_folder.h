// Where a run keeps its snapshots: a folder in node memory, for its user only. Its workers fill it
// (worker/snapshot), whoever ends the run removes it. A crash of everything leaves it behind; the
// next run of the same user finds that nobody holds it any more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/file_descriptor.h"

namespace muster::run {

/// <snapshot.dir>/muster-<uid>-<run id>; empty when the experiment wants no snapshots.
std::filesystem::path snapshot_folder(const config::Snapshot& snapshot, const std::string& run_id);

/// Makes the folder when it is missing and marks it as in use until the result is closed. Waits
/// while another command looks whether it is, 5 s at most. Not open where that is impossible:
/// workers then say why.
FileDescriptor hold_snapshot_folder(const std::filesystem::path& folder);

/// Removes it if it is this user's; nothing happens for an empty path. Never throws, never follows
/// a link.
void remove_snapshot_folder(const std::filesystem::path& folder) noexcept;

/// A folder that no process holds: what it belonged to has crashed.
struct AbandonedSnapshots {
  std::filesystem::path folder;
  std::int64_t bytes = 0;
};

/// The folders of this user in `dir` that nobody holds, nor any file in them (a worker holds its
/// own while it lives), and that are not just being filled: no file has come for a minute.
std::vector<AbandonedSnapshots> abandoned_snapshots(const std::filesystem::path& dir);

}  // namespace muster::run
