// Which run is meant: by name under the run root, by path, or the newest.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/run/run_directory.h"

namespace muster::coordinator::cli::look {

/// When the run was started: its plan is written once, just before. The epoch when there is none.
std::chrono::system_clock::time_point start_of(const run::RunDirectory& run);

/// The runs in `root` (folders with a plan), oldest first; none when `root` does not exist. Throws
/// Error{storage} when it cannot be read.
std::vector<run::RunDirectory> runs_in(const std::filesystem::path& root);

/// `text`: a name in `root`, or a path; empty for the newest run in `root`. Throws Error{invalid}
/// for a run that is not there, with the names that come near.
run::RunDirectory find_run(const std::string& text, const std::filesystem::path& root);

/// The names of `runs` that were probably meant by `text`, three at most, best first. Pure.
std::vector<std::string> near_names(const std::string& text, std::vector<std::string> names);

}  // namespace muster::coordinator::cli::look
