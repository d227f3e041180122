// From the arguments of `muster` to a Command, or to the text that is printed instead.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/cli/options.h"

namespace muster::coordinator::cli {

struct ParsedCommandLine {
  std::optional<Command> command;  // Empty: print the texts below and end with `status`.
  bool no_color = false;
  std::string out;  // For standard output: help or the version.
  std::string err;  // For standard error: what is wrong and what would be right.
  int status = 0;
};

/// `arguments` without the program's name. Pure; never throws for what a user can type.
ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace muster::coordinator::cli
