// Which checkpoints are meant, and a look at them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coordinator/cli/checkpoints/report.h"

namespace muster::coordinator::cli::checkpoints {

/// Those of the run `text` (a name or a folder; empty: the newest), steps ascending; not those that
/// a training has removed meanwhile. Throws as look::find_run, and Error{storage}.
std::vector<Seen> of_run(const std::string& text, Look look);

/// Those of a run, or the one at the folder `text`.
std::vector<Seen> of_run_or_folder(const std::string& text, Look look);

/// "RUN:120" is that one, "RUN" the newest that is whole; or the folder of one. Throws UsageError
/// for a step that the run does not have, Error{corrupt} when it is damaged or none is whole.
std::filesystem::path whole_one(const std::string& text);

}  // namespace muster::coordinator::cli::checkpoints
