// Where a training writes and listens: really tried.
#pragma once

#include <filesystem>

#include "coordinator/cli/doctor/finding.h"

namespace muster::coordinator::cli::doctor {

/// The folder itself, or the nearest one around it that is there: what a run would be made in.
std::filesystem::path nearest_folder(std::filesystem::path path);

/// Tries in `trial` (an existing, empty folder in the run root, or below the nearest folder to it;
/// empty: it could not be made, because of `problem`) what a run does: fsync, rename, link, lock.
Finding look_at_run_root(const std::filesystem::path& root, const std::filesystem::path& trial,
                         const std::string& problem);

/// Listens on the loopback interface and connects to itself.
Finding look_at_network();

}  // namespace muster::coordinator::cli::doctor
