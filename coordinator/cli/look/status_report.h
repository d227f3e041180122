// `muster status`: one run, for people and for programs. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "coordinator/cli/look/run_view.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli::look {

/// Lines in the form of `muster run`'s last ones. `folder`: the run's, as one would type it here.
std::string status_text(const RunView& view, const std::string& folder, const Style& style);

/// The same as an object (docs/run-directory.md has the fields).
nlohmann::ordered_json status_json(const RunView& view);

/// "alive", "gone" or "unknown".
std::string_view to_string(Life life);

}  // namespace muster::coordinator::cli::look
