// The file of given weights (model.init), looked at before anything is written.
#pragma once

#include <optional>

#include "common/config/load.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {

/// Sets model.init_sha256 of `experiment` from the file that model.init names, if it names one:
/// reads all of it. Returns why that cannot be, at the key's place in what `loaded` came from.
std::optional<Problem> identify_initial_weights(config::Experiment& experiment,
                                                const config::LoadResult& loaded);

}  // namespace muster::coordinator::cli
