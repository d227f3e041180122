// `muster list`: the runs of a folder, one a line. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "coordinator/cli/look/run_view.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli::look {

/// A run, or why its folder cannot be read as one.
struct ListedRun {
  std::string name;
  std::optional<RunView> view;
  std::string problem;  // When there is no view.
};

/// A table with a heading; oldest first, so that the newest stands where one looks.
std::string list_text(const std::vector<ListedRun>& runs, const Style& style);

/// {"schema": 1, "root": ..., "runs": [...]}: each as `muster status --json` has it, or with
/// "problem".
nlohmann::ordered_json list_json(const std::string& root, const std::vector<ListedRun>& runs);

}  // namespace muster::coordinator::cli::look
