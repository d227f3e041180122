#include "coordinator/cli/completion/complete_words.h"

#include <algorithm>

#include "common/text.h"
#include "coordinator/cli/completion/complete_keys.h"
#include "coordinator/cli/completion/scripts.h"
#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli::completion {
namespace {

using grammar::Grammar;
namespace placeholder = grammar::placeholder;

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// The option of `command` that is typed as `word`; null for none.
const CLI::Option* option_named(CLI::App& command, const std::string& word) {
  return command.get_option_no_throw(word.substr(0, word.find('=')));
}

/// Only what begins like the word.
Completion matching(Completion completion, const std::string& word) {
  std::erase_if(completion.candidates,
                [&](const Candidate& candidate) { return !candidate.text.starts_with(word); });
  return completion;
}

/// The commands below `command`: allreduce of bench.
Completion nested_commands(CLI::App& command, const std::string& word) {
  Completion completion;
  for (const CLI::App* nested : command.get_subcommands(nullptr)) {
    completion.candidates.push_back({nested->get_name(), nested->get_description()});
  }
  return matching(completion, word);
}

Completion commands(Grammar& grammar, const std::string& word) {
  Completion completion;
  for (const std::string& name : grammar.command_names()) {
    completion.candidates.push_back({name, grammar.app.get_subcommand(name)->get_description()});
  }
  completion.candidates.push_back({"help", "Show the usage of a command"});
  return matching(completion, word);
}

Completion options(CLI::App& app, CLI::App& command, const std::string& word) {
  Completion completion;
  std::vector<CLI::App*> apps = {&command};
  if (&app != &command) apps.push_back(&app);
  for (CLI::App* owner : apps) {
    for (const CLI::Option* option : owner->get_options()) {
      const bool is_of_program = owner == &app && &app != &command;
      for (const std::string& name : option->get_lnames()) {
        if (is_of_program && name != "no-color") continue;  // The others stand before commands.
        completion.candidates.push_back({"--" + name, option->get_description()});
      }
    }
  }
  return matching(completion, word);
}

/// What belongs where `kind`, a placeholder, stands.
Completion values(const std::string& kind, const std::string& word,
                  const std::vector<std::string>& runs) {
  Completion completion;
  if (kind == placeholder::kExperiment) {
    completion.how = Completion::How::experiments;
  } else if (kind == placeholder::kFolder) {
    completion.how = Completion::How::folders;
  } else if (kind == placeholder::kOverride) {
    return complete_override(word);
  } else if (kind == placeholder::kKey) {
    return complete_key(word);
  } else if (kind == placeholder::kRun) {
    for (const std::string& run : runs) completion.candidates.push_back({run, ""});
  } else if (kind == placeholder::kShell) {
    for (const std::string& shell : shells()) completion.candidates.push_back({shell, ""});
  }
  return matching(completion, word);
}

/// The placeholder of argument number `index` of the command; the last one may be repeated.
std::string argument_kind(CLI::App& command, std::size_t index) {
  const auto arguments =
      command.get_options([](const CLI::Option* option) { return option->get_positional(); });
  for (const CLI::Option* argument : arguments) {
    const bool is_repeated = argument->get_items_expected_max() > 1;
    if (index == 0 || is_repeated) return argument->get_name();
    --index;
  }
  return "";
}

Completion within(Grammar& grammar, CLI::App& command, const std::vector<std::string>& words,
                  const std::vector<std::string>& runs) {
  const bool has_nested = !command.get_subcommands(nullptr).empty();
  if (has_nested && words.size() == 1 && !is_option(words.front())) {
    return nested_commands(command, words.front());
  }
  if (has_nested && words.size() > 1) {
    for (CLI::App* nested : command.get_subcommands(nullptr)) {
      if (nested->get_name() == words.front()) {
        return within(grammar, *nested, {words.begin() + 1, words.end()}, runs);
      }
    }
  }
  std::size_t arguments = 0;          // Before the last word.
  const CLI::Option* open = nullptr;  // An option whose value comes next.
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const CLI::Option* option = is_option(words[i]) ? option_named(command, words[i]) : nullptr;
    if (open != nullptr) {
      open = nullptr;
    } else if (option != nullptr) {
      const bool has_value = words[i].find('=') != std::string::npos;
      open = takes_value(*option) && !has_value ? option : nullptr;
    } else if (!is_option(words[i])) {
      ++arguments;
    }
  }
  const std::string& word = words.back();
  if (open != nullptr) return values(open->get_type_name(), word, runs);
  if (!word.empty() && word.front() == '-') return options(grammar.app, command, word);
  return values(argument_kind(command, arguments), word, runs);
}

}  // namespace

Completion complete_words(const std::vector<std::string>& words,
                          const std::vector<std::string>& runs) {
  Grammar grammar;
  const auto command =
      std::find_if(words.begin(), words.end(), [](const auto& word) { return !is_option(word); });
  if (words.empty() || command == words.end() || command + 1 == words.end()) {
    const std::string word = words.empty() ? "" : words.back();
    return is_option(word) || word == "-" ? options(grammar.app, grammar.app, word)
                                          : commands(grammar, word);
  }
  if (*command == "help") return commands(grammar, words.back());
  const std::vector<std::string> known = grammar.all_command_names();
  if (std::find(known.begin(), known.end(), *command) == known.end()) return {};
  return within(grammar, *grammar.app.get_subcommand(*command), {command + 1, words.end()}, runs);
}

std::string completion_text(const Completion& completion) {
  std::string text;
  switch (completion.how) {
    case Completion::How::words:
      text = "words\n";
      break;
    case Completion::How::unfinished:
      text = "nospace\n";
      break;
    case Completion::How::experiments:
      text = "yaml\n";
      break;
    case Completion::How::folders:
      text = "folders\n";
      break;
  }
  for (const Candidate& candidate : completion.candidates) {
    text += candidate.text;
    if (!candidate.description.empty()) text += concat("\t", candidate.description);
    text += "\n";
  }
  return text;
}

}  // namespace muster::coordinator::cli::completion
