#include "coordinator/cli/grammar/grammar.h"

#include <memory>

#include "common/error.h"
#include "common/text.h"

namespace muster::coordinator::cli::grammar {
namespace {

constexpr const char* kExamples = R"(Examples:
  muster doctor                                       is all there that a training needs?
  muster run configs/digits.yaml                      train, and say how well it went
  muster run configs/digits.yaml optimizer.lr=1e-3    the same with another value for a key
  muster plan configs/digits.yaml                     what would run where, and its memory
  muster explain optimizer                            what the keys under 'optimizer' mean
  muster status                                       how the newest run is doing

'muster COMMAND --help' tells more. Exit statuses: 0 done, 64 usage, 65 bad data, 69 unreachable,
70 failed, 74 storage, 78 bad experiment, 130 interrupted.)";

/// CLI11's layout with a usage line that shows the arguments as they are typed.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {
    column_width(18);
    label("Positionals", "Arguments");
  }

  std::string make_usage(const CLI::App*, std::string) const override {
    return concat("\nUsage: ", usage_, "\n");
  }

  /// Only the placeholder of the value: what is required stands in the usage line.
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string placeholder = option->get_type_name();
    return placeholder.empty() ? "" : concat(" ", placeholder);
  }

 private:
  std::string usage_;
};

/// "muster", "muster bench".
std::string path_of(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : concat(path_of(*parent), " ", app.get_name());
}

}  // namespace

Grammar::Grammar() {
  app.name("muster");
  app.formatter(std::make_shared<HelpFormatter>("muster COMMAND [ARGUMENTS]"));
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  app.add_flag("--version", version, "Print the version");
  app.add_flag("--no-color", no_color, "No colours (also: the variable NO_COLOR)");
  add_training_commands(*this);
  add_looking_commands(*this);
  add_checkpoint_commands(*this);
  add_machine_commands(*this);
}

CLI::App& Grammar::add_command(const CommandText& text, std::function<Command()> chosen) {
  CLI::App& command = add_nested(app, text);
  commands_.emplace_back(&command, std::move(chosen));
  return command;
}

CLI::App& Grammar::add_nested(CLI::App& parent, const CommandText& text) {
  CLI::App* command = parent.add_subcommand(text.name, text.description);
  command->formatter(std::make_shared<HelpFormatter>(
      concat(path_of(parent), " ", text.name, " ", text.arguments)));
  command->footer(text.footer);
  command->group("Commands");
  command->fallthrough();  // --no-color may stand anywhere.
  return *command;
}

Command Grammar::chosen() const {
  for (const auto& [command, chosen] : commands_) {
    if (command->parsed()) return chosen();
  }
  assertion_failed("a command was parsed", __FILE__, __LINE__, "the caller has looked");
}

std::vector<std::string> Grammar::command_names() {
  std::vector<std::string> names;
  for (const auto& [command, chosen] : commands_) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> Grammar::all_command_names() {
  std::vector<std::string> names;
  for (const auto& [command, chosen] : commands_) names.push_back(command->get_name());
  return names;
}

}  // namespace muster::coordinator::cli::grammar
