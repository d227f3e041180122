// Complaints about data and model, with the place in the experiment that they come from.
#pragma once

#include <string>

#include "common/config/load.h"
#include "common/error.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {

/// What was found in a data file. A file that cannot be found is a mistake in the experiment: the
/// message begins with that place. For others it begins with the file's own, "train.csv:2:", and
/// the place of its name stands below. The exit status is that of `error` in any case.
Problem data_problem(const Error& error, const config::LoadResult& loaded);

/// A text that begins with the key to change ("model.input: ..."), at the place of that key.
Problem misfit_problem(const std::string& text, const std::string& hint,
                       const config::LoadResult& loaded);

}  // namespace muster::coordinator::cli
