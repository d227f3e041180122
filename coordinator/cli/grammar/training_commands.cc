#include <charconv>
#include <memory>

#include "common/error.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli::grammar {
namespace {

constexpr const char* kOverridesHelp =
    "Other values, this time: optimizer.lr=1e-3 cluster.workers=4";

/// What has to be known besides the options themselves until all is parsed.
template <class Options>
struct Typed {
  Options options;
  bool fast_dev_run = false;
  std::string steps;
};

/// --fast-dev-run is one more override: so both at once are found to be too many.
template <class Options>
Options with_fast_dev_run(const Typed<Options>& typed) {
  Options options = typed.options;
  if (typed.fast_dev_run) options.experiment.overrides.emplace_back("fast_dev_run=true");
  return options;
}

template <class Options>
void add_experiment(CLI::App& command, Typed<Options>& typed) {
  ExperimentArguments& experiment = typed.options.experiment;
  command.add_option(placeholder::kExperiment, experiment.file, "The experiment")
      ->required()
      ->type_name("");
  command.add_option(placeholder::kOverride, experiment.overrides, kOverridesHelp)->type_name("");
  command.add_flag("--fast-dev-run", typed.fast_dev_run,
                   "Two steps, one evaluation, one checkpoint: does everything work? (the same as "
                   "fast_dev_run=true)");
}

std::string check_run_name(const std::string& name) {
  if (run::is_run_name(name)) return {};
  return concat("'", name,
                "' cannot be the name of a run: letters, digits, '.', '_' and '-', 64 at most, the "
                "first a letter or digit");
}

void add_run(Grammar& grammar) {
  const auto typed = std::make_shared<Typed<RunOptions>>();
  CLI::App& command = grammar.add_command(
      {"run", "Train: launch the workers, watch them, report the result",
       "EXP.yaml [key=value ...] [OPTIONS]",
       "Ctrl-C finishes the step, writes a checkpoint and ends; a second one ends at once.\nThe "
       "result goes to standard output, progress to standard error."},
      [typed] { return Command(with_fast_dev_run(*typed)); });
  add_experiment(command, *typed);
  RunOptions& options = typed->options;
  command.add_option("--name", options.name, "Name of the run: runs/NAME-0001, -0002, ...")
      ->type_name("NAME")
      ->check(check_run_name);
  command
      .add_option("--run-dir", options.run_dir,
                  "Exactly this run folder; a run of the same experiment in it that has not been "
                  "completed goes on")
      ->type_name(placeholder::kFolder);
  command.add_flag("--json", options.json, "The result as one JSON object (see summary.json)");
}

void add_resume(Grammar& grammar) {
  const auto options = std::make_shared<ResumeOptions>();
  CLI::App& command = grammar.add_command(
      {"resume", "Go on with a run that ended before its time", "RUN [key=value ...] [OPTIONS]",
       "In the same folder, from the newest state that is whole, with the same bits as if it had "
       "not ended.\nOnly keys that decide no bits can have other values: cluster.workers=4."},
      [options] { return Command(*options); });
  command.add_option(placeholder::kRun, options->run, "Its name or its folder")
      ->required()
      ->type_name("");
  command
      .add_option(placeholder::kOverride, options->overrides,
                  "Other values from now on: cluster.workers=4")
      ->type_name("");
  command.add_flag("--json", options->json, "The result as one JSON object (see summary.json)");
}

void add_stop(Grammar& grammar) {
  const auto options = std::make_shared<StopOptions>();
  CLI::App& command = grammar.add_command(
      {"stop", "End a run that goes on, with a checkpoint", "RUN [OPTIONS]",
       "From any terminal that sees the run's folder and may read its secret. The run finishes its "
       "step,\nwrites a checkpoint and ends with status 'stopped'; 'muster resume' goes on with "
       "it."},
      [options] { return Command(*options); });
  command.add_option(placeholder::kRun, options->run, "Its name or its folder")
      ->required()
      ->type_name("");
  command.add_flag("--wait", options->wait, "Until it has ended, and say how");
}

void add_validate(Grammar& grammar) {
  const auto typed = std::make_shared<Typed<ValidateOptions>>();
  CLI::App& command =
      grammar.add_command({"validate", "Check an experiment and its data; write nothing",
                           "EXP.yaml [key=value ...] [OPTIONS]",
                           "Ends with 0 when it can be trained, 78 when the experiment is wrong, "
                           "65 when its data are."},
                          [typed] { return Command(with_fast_dev_run(*typed)); });
  add_experiment(command, *typed);
  command.add_flag("--json", typed->options.json, "The verdict as one JSON object");
}

void add_plan(Grammar& grammar) {
  const auto typed = std::make_shared<Typed<PlanOptions>>();
  CLI::App& command =
      grammar.add_command({"plan", "Show what a run would do: steps, lanes, memory, launch command",
                           "EXP.yaml [key=value ...] [OPTIONS]", ""},
                          [typed] {
                            PlanOptions options = with_fast_dev_run(*typed);
                            if (!typed->steps.empty())
                              options.steps = parse_step_range(typed->steps);
                            return Command(options);
                          });
  add_experiment(command, *typed);
  PlanOptions& options = typed->options;
  command.add_flag("--json", options.json, "The plan as one JSON object");
  CLI::Option* order =
      command.add_flag("--order", options.order,
                       "Instead: which samples each lane gets, one JSON line a lane and step");
  command.add_option("--steps", typed->steps, "With --order: steps A to B-1 (default: one epoch)")
      ->type_name("A:B")
      ->needs(order);
}

void add_explain(Grammar& grammar) {
  const auto options = std::make_shared<ExplainOptions>();
  CLI::App& command = grammar.add_command(
      {"explain", "Tell what a key of an experiment means", "[KEY] [OPTIONS]",
       "Without KEY: every key. With a section, such as 'optimizer': all keys in it."},
      [options] { return Command(*options); });
  CLI::Option* key =
      command.add_option(placeholder::kKey, options->key, "Such as optimizer.lr")->type_name("");
  CLI::Option* json = command.add_flag("--json", options->json, "As one JSON object");
  CLI::Option* markdown = command.add_flag("--markdown", options->markdown,
                                           "Instead: the reference of all keys (Markdown)");
  command
      .add_flag("--json-schema", options->json_schema,
                "Instead: a JSON Schema, with which editors check and complete experiments")
      ->excludes(key, json, markdown);
  markdown->excludes(key, json);
}

}  // namespace

void add_training_commands(Grammar& grammar) {
  add_run(grammar);
  add_resume(grammar);
  add_stop(grammar);
  add_validate(grammar);
  add_plan(grammar);
  add_explain(grammar);
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

}  // namespace muster::coordinator::cli::grammar
