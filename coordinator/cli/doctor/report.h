// `muster doctor` as text and as JSON. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "coordinator/cli/doctor/finding.h"
#include "coordinator/cli/terminal.h"

namespace muster::coordinator::cli::doctor {

/// One finding: a line, and what to do about it below, in lines of at most `width` columns.
std::string finding_text(const Finding& finding, const Style& style, std::size_t width);

/// The last line: how it stands as a whole.
std::string verdict_text(const std::vector<Finding>& findings);

/// {"schema": 1, "version": ..., "ok": true, "checks": [{"name", "verdict", "seen", "advice"}]}
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings);

/// 0, or 69 when there is a problem.
int exit_status(const std::vector<Finding>& findings);

}  // namespace muster::coordinator::cli::doctor
