// Runs a program and collects what it prints: for short helpers, such as `muster-worker --inspect`.
#pragma once

#include <string>
#include <vector>

#include "common/deadline.h"

namespace muster::coordinator::cli {

struct ProgramOutput {
  std::string out;
  std::string err;
  int status = 0;  // Exit status, or 128 + the signal that ended it.
};

/// Runs arguments[0] (a path) with stdin from /dev/null and waits for its end. At the deadline it
/// is killed. Throws Error{unavailable} when it cannot be started, Error{timeout},
/// Error{unsupported} when it prints more than 64 MiB.
ProgramOutput run_program_and_wait(const std::vector<std::string>& arguments,
                                   const Deadline& deadline);

}  // namespace muster::coordinator::cli
