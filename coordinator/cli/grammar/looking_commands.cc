#include <memory>

#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli::grammar {
namespace {

constexpr const char* kRunHelp = "Its name or its folder (default: the newest run)";
constexpr const char* kWhereRunsAre =
    "Runs are looked for in the folder that MUSTER_RUNS names, else in ./runs.";

void add_status(Grammar& grammar) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App& command = grammar.add_command(
      {"status", "Show how a run is doing, or how it ended", "[RUN] [OPTIONS]", kWhereRunsAre},
      [options] { return Command(*options); });
  command.add_option(placeholder::kRun, options->run, kRunHelp)->type_name("");
  command.add_flag("--json", options->json, "As one JSON object");
}

void add_list(Grammar& grammar) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App& command = grammar.add_command(
      {"list", "List the runs, the newest last", "[DIR] [OPTIONS]", kWhereRunsAre},
      [options] { return Command(*options); });
  command.add_option(placeholder::kFolder, options->folder, "Where the runs are")->type_name("");
  command.add_flag("--json", options->json, "As one JSON object");
}

void add_logs(Grammar& grammar) {
  const auto options = std::make_shared<LogsOptions>();
  CLI::App& command = grammar.add_command(
      {"logs", "Print what the processes of a run have said", "[RUN] [OPTIONS]", kWhereRunsAre},
      [options] { return Command(*options); });
  command.add_option(placeholder::kRun, options->run, kRunHelp)->type_name("");
  command.add_flag("-f,--follow", options->follow,
                   "Go on with what is written, until the run has ended");
  CLI::Option* rank =
      command.add_option("--rank", options->rank, "Only of the worker of this rank")
          ->type_name("N")
          ->check([](const std::string& text) -> std::string {
            const bool is_rank = text.find_first_not_of("0123456789") == text.npos;
            return is_rank ? "" : "a rank is a number from 0";
          });
  CLI::Option* coordinator =
      command.add_flag("--coordinator", options->coordinator, "Only of the coordinator")
          ->excludes(rank);
  command.add_flag("--launcher", options->launcher, "Only of mpirun")
      ->excludes(rank)
      ->excludes(coordinator);
  command.add_flag("--json", options->json, "Each line as a JSON object, with where it is from");
}

}  // namespace

void add_looking_commands(Grammar& grammar) {
  add_status(grammar);
  add_list(grammar);
  add_logs(grammar);
}

}  // namespace muster::coordinator::cli::grammar
