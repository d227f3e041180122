#include "coordinator/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/bench_report.h"

namespace muster::coordinator::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  muster run configs/digits.yaml                      train, and say how well it went
  muster run configs/digits.yaml optimizer.lr=1e-3    the same with another value for a key
  muster plan configs/digits.yaml                     what would run where, and its memory
  muster explain optimizer                            what the keys under 'optimizer' mean

'muster COMMAND --help' tells more. Exit statuses: 0 done, 64 usage, 65 bad data, 69 unreachable,
70 failed, 74 storage, 78 bad experiment, 130 interrupted.)";

constexpr const char* kOverridesHelp =
    "Other values, this time: optimizer.lr=1e-3 cluster.workers=4";

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

CLI::App* add_command(CLI::App& app, const char* name, const char* description,
                      const char* arguments, const char* footer) {
  CLI::App* command = app.add_subcommand(name, description);
  command->formatter(
      std::make_shared<HelpFormatter>(concat(path_of(app), " ", name, " ", arguments)));
  command->footer(footer);
  command->group("Commands");
  command->fallthrough();  // --no-color may stand anywhere.
  return command;
}

void add_experiment(CLI::App& command, ExperimentArguments& experiment) {
  command.add_option("EXP.yaml", experiment.file, "The experiment")->required()->type_name("");
  command.add_option("key=value", experiment.overrides, kOverridesHelp)->type_name("");
}

/// Everything that can be typed, bound to the option structs that parsing fills in.
struct Grammar {
  CLI::App app{"Muster: distributed training on your own machines, with the same bits every time."};
  RunOptions run;
  ValidateOptions validate;
  ExplainOptions explain;
  PlanOptions plan;
  BenchAllReduceOptions bench;
  std::string bench_sizes = "1MB,2MB,4MB,8MB,16MB,32MB,64MB,128MB";
  std::string steps;
  bool no_color = false;
  bool version = false;
  CLI::App* run_app = nullptr;
  CLI::App* validate_app = nullptr;
  CLI::App* explain_app = nullptr;
  CLI::App* plan_app = nullptr;
  CLI::App* bench_app = nullptr;

  Grammar() {
    app.name("muster");
    app.formatter(std::make_shared<HelpFormatter>("muster COMMAND [ARGUMENTS]"));
    app.footer(kExamples);
    app.require_subcommand(0, 1);
    app.add_flag("--version", version, "Print the version");
    app.add_flag("--no-color", no_color, "No colours (also: the variable NO_COLOR)");
    add_run();
    add_validate();
    add_plan();
    add_explain();
    add_bench();
  }

  void add_run() {
    run_app = add_command(app, "run", "Train: launch the workers, watch them, report the result",
                          "EXP.yaml [key=value ...] [OPTIONS]",
                          "Ctrl-C finishes the step, writes a checkpoint and ends; a second one "
                          "ends at once.\nThe result goes to standard output, progress to standard "
                          "error.");
    add_experiment(*run_app, run.experiment);
    run_app->add_option("--name", run.name, "Name of the run: runs/NAME-0001, -0002, ...")
        ->type_name("NAME")
        ->check([](const std::string& name) -> std::string {
          if (run::is_run_name(name)) return {};
          return concat("'", name,
                        "' cannot be the name of a run: letters, digits, '.', '_' and '-', "
                        "64 at most, the first a letter or digit");
        });
    run_app->add_option("--run-dir", run.run_dir, "Exactly this run folder, which must not exist")
        ->type_name("DIR");
    run_app->add_flag("--json", run.json, "The result as one JSON object (see summary.json)");
  }

  void add_validate() {
    validate_app = add_command(app, "validate", "Check an experiment and its data; write nothing",
                               "EXP.yaml [key=value ...] [OPTIONS]",
                               "Ends with 0 when it can be trained, 78 when the experiment is "
                               "wrong, 65 when its data are.");
    add_experiment(*validate_app, validate.experiment);
    validate_app->add_flag("--json", validate.json, "The verdict as one JSON object");
  }

  void add_plan() {
    plan_app =
        add_command(app, "plan", "Show what a run would do: steps, lanes, memory, launch command",
                    "EXP.yaml [key=value ...] [OPTIONS]", "");
    add_experiment(*plan_app, plan.experiment);
    plan_app->add_flag("--json", plan.json, "The plan as one JSON object");
    CLI::Option* order =
        plan_app->add_flag("--order", plan.order,
                           "Instead: which samples each lane gets, one JSON line a lane and step");
    plan_app->add_option("--steps", steps, "With --order: steps A to B-1 (default: one epoch)")
        ->type_name("A:B")
        ->needs(order);
  }

  void add_explain() {
    explain_app =
        add_command(app, "explain", "Tell what a key of an experiment means", "[KEY] [OPTIONS]",
                    "Without KEY: every key. With a section, such as 'optimizer': all "
                    "keys in it.");
    CLI::Option* key =
        explain_app->add_option("KEY", explain.key, "Such as optimizer.lr")->type_name("");
    CLI::Option* json = explain_app->add_flag("--json", explain.json, "As one JSON object");
    CLI::Option* markdown = explain_app->add_flag("--markdown", explain.markdown,
                                                  "Instead: the reference of all keys (Markdown)");
    explain_app
        ->add_flag("--json-schema", explain.json_schema,
                   "Instead: a JSON Schema, with which editors check and complete experiments")
        ->excludes(key, json, markdown);
    markdown->excludes(key, json);
  }

  void add_bench() {
    bench_app = add_command(app, "bench", "Measure this machine", "WHAT [OPTIONS]",
                            "'muster bench WHAT --help' tells more.");
    CLI::App* all_reduce = add_command(
        *bench_app, "allreduce", "Sums between ranks: Muster's, MPI's, and a plain copy",
        "[OPTIONS]",
        "GB/s are the bytes of the buffer by the seconds of one all-reduce, median of many taken "
        "in turns.");
    all_reduce->add_option("--ranks", bench.ranks, "Ranks, all on this machine (default: 2)")
        ->type_name("N")
        ->check(CLI::Range(1, 256).description(""));
    all_reduce
        ->add_option("--sizes", bench_sizes, "Of the buffer (default: 1MB to 128MB, powers of two)")
        ->type_name("A,B");
    all_reduce->add_flag("--json", bench.json, "As one JSON object");
  }

  std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands(nullptr)) {
      names.push_back(command->get_name());
    }
    return names;
  }
};

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

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

ParsedCommandLine unknown_command(const std::string& word,
                                  const std::vector<std::string>& commands) {
  if (ends_with(word, ".yaml") || ends_with(word, ".yml")) {
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

Command chosen_command(Grammar& grammar) {
  if (grammar.run_app->parsed()) {
    return grammar.run;
  }
  if (grammar.validate_app->parsed()) {
    return grammar.validate;
  }
  if (grammar.explain_app->parsed()) {
    return grammar.explain;
  }
  if (grammar.bench_app->parsed()) {
    grammar.bench.sizes = parse_bench_sizes(grammar.bench_sizes);
    return grammar.bench;
  }
  if (!grammar.steps.empty()) {
    grammar.plan.steps = parse_step_range(grammar.steps);
  }
  return grammar.plan;
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
  const std::vector<std::string> commands = grammar.command_names();
  const std::optional<std::string> word = first_word(words);
  if (word && std::find(commands.begin(), commands.end(), *word) == commands.end()) {
    return unknown_command(*word, commands);
  }

  try {
    grammar.app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    if (grammar.version) {
      parsed.out = concat("muster ", kVersion, "\n");
      return parsed;
    }
    if (grammar.app.get_subcommands().empty()) {
      return usage_error("muster", concat("a command is missing: ", join(commands, ", ")));
    }
    if (grammar.bench_app->parsed() && grammar.bench_app->get_subcommands().empty()) {
      return usage_error("muster bench", "what? (allreduce)");
    }
    parsed.command = chosen_command(grammar);
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

StepRange parse_step_range(const std::string& text) {
  StepRange range;
  const char* const end = text.data() + text.size();
  const auto begin_read = std::from_chars(text.data(), end, range.begin);
  bool right = begin_read.ec == std::errc() && begin_read.ptr != end && *begin_read.ptr == ':';
  if (right) {
    const auto end_read = std::from_chars(begin_read.ptr + 1, end, range.end);
    right = end_read.ec == std::errc() && end_read.ptr == end && range.begin >= 0 &&
            range.begin < range.end;
  }
  if (!right) {
    throw Error(ErrorCode::invalid, concat("--steps '", text, "' is not a range of steps"),
                "write A:B with 0 <= A < B, such as 0:12 for the first twelve");
  }
  return range;
}

}  // namespace muster::coordinator::cli
