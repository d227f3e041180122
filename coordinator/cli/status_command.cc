#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/run/json_file.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/look/run_view.h"
#include "coordinator/cli/look/status_report.h"
#include "coordinator/cli/outlet.h"

namespace muster::coordinator::cli {

int status_command(const StatusOptions& options, const Terminal& terminal) {
  const run::RunDirectory run = look::find_run(options.run, run::run_root({}));
  const look::RunView view = look::look_at(run);
  const std::string folder = path_from_here(run.path().string());
  write_all(STDOUT_FILENO, options.json ? run::pretty_text(look::status_json(view))
                                        : look::status_text(view, folder, terminal.output_style));
  return exit_code::kOk;
}

}  // namespace muster::coordinator::cli
