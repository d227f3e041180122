// Everything that can be typed after `muster`: the commands with their arguments and options.
// Parsed by command_line.cc, printed as help, and read by completion/ for what may come next.
//
// A group of commands is a file of this folder with one function that adds them; a command is added
// with its help and with what makes a Command of what was typed. Arguments and options say by their
// placeholder what belongs there (Placeholder), so that completion needs no table of its own.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/cli/options.h"

namespace muster::coordinator::cli::grammar {

/// What stands for an argument in help and decides how it is completed.
namespace placeholder {
inline constexpr const char* kExperiment = "EXP.yaml";
inline constexpr const char* kOverride = "key=value";
inline constexpr const char* kKey = "KEY";
inline constexpr const char* kRun = "RUN";
inline constexpr const char* kFolder = "DIR";
inline constexpr const char* kShell = "SHELL";
}  // namespace placeholder

struct CommandText {
  const char* name;
  const char* description;
  const char* arguments;  // Of the usage line: "EXP.yaml [key=value ...] [OPTIONS]".
  const char* footer;     // Below the help; may be empty.
};

class Grammar {
 public:
  Grammar();

  /// `chosen` is called after parsing when this command was typed; it throws Error{invalid} for
  /// what only it can check. Its options are added to what is returned.
  CLI::App& add_command(const CommandText& text, std::function<Command()> chosen);

  /// A command below another one ("bench allreduce"); that one's `chosen` sees to it.
  CLI::App& add_nested(CLI::App& parent, const CommandText& text);

  /// The command that was typed. There is one.
  Command chosen() const;

  /// Names of the commands that users are told about.
  std::vector<std::string> command_names();
  /// All names that are understood.
  std::vector<std::string> all_command_names();

  CLI::App app{"Muster: distributed training on your own machines, with the same bits every time."};
  bool no_color = false;
  bool version = false;

 private:
  std::vector<std::pair<CLI::App*, std::function<Command()>>> commands_;
};

/// run, resume, stop, validate, plan, explain.
void add_training_commands(Grammar& grammar);
/// status, list, logs: what has been started.
void add_looking_commands(Grammar& grammar);
/// checkpoint list, verify, export: the state that runs have left.
void add_checkpoint_commands(Grammar& grammar);
/// doctor, bench, completion and what it calls: this machine and this shell.
void add_machine_commands(Grammar& grammar);

/// "12:20" -> steps 12 to 19. Throws Error{invalid}.
StepRange parse_step_range(const std::string& text);

}  // namespace muster::coordinator::cli::grammar
