#include "coordinator/cli/program.h"

#include <unistd.h>

#include <exception>

#include "common/error.h"
#include "common/text.h"
#include "coordinator/cli/command_line.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

int dispatch(const Command& command, const Terminal& terminal) {
  struct Visitor {
    const Terminal& terminal;
    int operator()(const RunOptions& options) const { return run_command(options, terminal); }
    int operator()(const ValidateOptions& options) const {
      return validate_command(options, terminal);
    }
    int operator()(const ExplainOptions& options) const {
      return explain_command(options, terminal);
    }
    int operator()(const PlanOptions& options) const { return plan_command(options, terminal); }
  };
  return std::visit(Visitor{terminal}, command);
}

int parse_and_dispatch(const std::vector<std::string>& arguments) {
  const ParsedCommandLine parsed = parse_command_line(arguments);
  if (!parsed.command) {
    write_all(STDERR_FILENO, parsed.err);
    write_all(STDOUT_FILENO, parsed.out);
    return parsed.status;
  }
  return dispatch(*parsed.command, look_at_terminal(parsed.no_color));
}

/// For the last words of a program: nothing can be done when they cannot be written.
void write_or_give_up(const std::string& text) {
  try {
    write_all(STDERR_FILENO, text);
  } catch (const Error&) {
  }
}

}  // namespace

int run_program(const std::vector<std::string>& arguments) {
  try {
    return parse_and_dispatch(arguments);
  } catch (const Error& error) {
    write_or_give_up(error_text(error) + "\n");
    return exit_status(error.code());
  } catch (const std::exception& error) {
    write_or_give_up(concat("error: a bug in muster: ", error.what(), "\n"));
    return exit_code::kSoftware;
  }
}

}  // namespace muster::coordinator::cli
