// What crashed runs of this user have left in node memory.
#pragma once

#include <filesystem>

#include "coordinator/cli/doctor/finding.h"

namespace muster::coordinator::cli::doctor {

/// Looks into `dir` (snapshot.dir's default) and, with `clean`, removes what nobody holds.
Finding look_at_snapshots(const std::filesystem::path& dir, bool clean);

}  // namespace muster::coordinator::cli::doctor
