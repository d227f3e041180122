#include "coordinator/cli/command_line.h"

#include <algorithm>

#include "common/error.h"
#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli {
namespace {

using grammar::Grammar;

/// "muster run", "muster bench allreduce", or "muster" when no command was recognised.
std::string program_name(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const std::string name = app.get_name();
  return chosen.empty() ? name : concat(name, " ", program_name(*chosen.front()));
}

ParsedCommandLine usage_error(const std::string& program, const std::string& message) {
  ParsedCommandLine parsed;
  parsed.err = concat(program, ": error: ", message, "\n'", program, " --help' shows the usage\n");
  parsed.status = exit_code::kUsage;
  return parsed;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& words) {
  const std::string near = nearest_word(word, words);
  return near.empty() ? "" : concat(" (did you mean '", near, "'?)");
}

ParsedCommandLine unknown_command(const std::string& word,
                                  const std::vector<std::string>& commands) {
  if (word.ends_with(".yaml") || word.ends_with(".yml")) {
    return usage_error("muster", concat("which command? (did you mean 'muster run ", word, "'?)"));
  }
  return usage_error("muster",
                     concat("unknown command '", word, "'", did_you_mean(word, commands)));
}

/// What CLI11 could not place: an unknown option, or one argument too many.
ParsedCommandLine unexpected_argument(CLI::App& app) {
  const std::vector<std::string> left = app.remaining(true);
  const std::string word = left.empty() ? "" : left.front();
  CLI::App* command = &app;  // The last one that was recognised: of "bench allreduce", allreduce.
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  if (word.rfind('-', 0) != 0) {
    std::vector<std::string> parts;
    for (const CLI::App* part : command->get_subcommands(nullptr)) {
      parts.push_back(part->get_name());
    }
    return usage_error(program_name(app),
                       concat("unexpected argument '", word, "'", did_you_mean(word, parts)));
  }
  std::vector<std::string> names = {"--help", "--no-color"};
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return usage_error(program_name(app),
                     concat("unknown option '", word, "'", did_you_mean(word, names)));
}

/// `muster help run` is `muster run --help`.
std::vector<std::string> without_help_word(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  return arguments;
}

/// The first argument that is no option: the command's name, if the line has one.
std::optional<std::string> first_word(const std::vector<std::string>& arguments) {
  const auto word = std::find_if(arguments.begin(), arguments.end(), [](const std::string& text) {
    return text.empty() || text.front() != '-';
  });
  return word == arguments.end() ? std::nullopt : std::optional(*word);
}

}  // namespace

ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments) {
  Grammar grammar;
  const std::vector<std::string> words = without_help_word(arguments);

  ParsedCommandLine parsed;
  if (words.empty()) {
    parsed.err = grammar.app.help();
    parsed.status = exit_code::kUsage;
    return parsed;
  }
  const std::vector<std::string> understood = grammar.all_command_names();
  const std::optional<std::string> word = first_word(words);
  if (word && std::find(understood.begin(), understood.end(), *word) == understood.end()) {
    return unknown_command(*word, grammar.command_names());
  }

  try {
    grammar.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    if (grammar.version) {
      parsed.out = concat("muster ", kVersion, "\n");
      return parsed;
    }
    if (grammar.app.get_subcommands().empty()) {
      return usage_error("muster",
                         concat("a command is missing: ", join(grammar.command_names(), ", ")));
    }
    parsed.command = grammar.chosen();
    parsed.no_color = grammar.no_color;
  } catch (const CLI::CallForHelp&) {
    const auto chosen = grammar.app.get_subcommands();
    parsed.out = chosen.empty() ? grammar.app.help() : chosen.front()->help();
  } catch (const CLI::ExtrasError&) {
    return unexpected_argument(grammar.app);
  } catch (const CLI::ParseError& error) {
    return usage_error(program_name(grammar.app), error.what());
  } catch (const Error& error) {
    return usage_error(program_name(grammar.app), concat(error.what(), " (", error.hint(), ")"));
  }
  return parsed;
}

}  // namespace muster::coordinator::cli
