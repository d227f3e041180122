#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/look/list_report.h"
#include "coordinator/cli/outlet.h"

namespace muster::coordinator::cli {
namespace {

/// A damaged folder is a line of the list, not the end of it.
look::ListedRun listed(const run::RunDirectory& run) {
  try {
    return {run.name(), look::look_at(run), ""};
  } catch (const Error& error) {
    return {run.name(), std::nullopt, error.what()};
  }
}

}  // namespace

int list_command(const ListOptions& options, const Terminal& terminal) {
  const std::filesystem::path root =
      options.folder.empty() ? run::run_root({}) : std::filesystem::absolute(options.folder);
  if (!options.folder.empty() && !std::filesystem::is_directory(root)) {
    throw Error(ErrorCode::invalid, concat("there is no folder ", options.folder));
  }
  std::vector<look::ListedRun> runs;
  for (const run::RunDirectory& run : look::runs_in(root)) runs.push_back(listed(run));
  if (options.json) {
    write_all(STDOUT_FILENO, run::pretty_text(look::list_json(root.string(), runs)));
    return exit_code::kOk;
  }
  if (runs.empty()) {
    write_if_possible(STDERR_FILENO, concat("no runs in ", path_from_here(root.string()), "\n"));
    return exit_code::kOk;
  }
  write_all(STDOUT_FILENO, look::list_text(runs, terminal.output_style));
  for (const look::ListedRun& run : runs) {
    if (!run.view) write_if_possible(STDERR_FILENO, concat("error: ", run.problem, "\n"));
  }
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
