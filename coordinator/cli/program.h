// The whole of `muster` behind main().
#pragma once

#include <string>
#include <vector>

namespace muster::coordinator::cli {

/// Parses, does, reports. `arguments` without the program's name. Returns the exit status; throws
/// nothing.
int run_program(const std::vector<std::string>& arguments);

}  // namespace muster::coordinator::cli
