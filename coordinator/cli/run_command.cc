#include <unistd.h>

#include <filesystem>

#include "common/atomic_file.h"
#include "common/config/resolve.h"
#include "common/run/fence.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/earlier_run.h"
#include "coordinator/cli/launch_preview.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/preparation.h"
#include "coordinator/cli/problem.h"
#include "coordinator/cli/training.h"
#include "coordinator/launch/mpirun.h"

namespace muster::coordinator::cli {
namespace {

/// Makes the run directory with all that the coordinator expects in it; none is left when that
/// fails.
run::RunDirectory make_run_directory(const RunOptions& options, Preparation& preparation) {
  run::CreateOptions create;
  create.root = run::run_root(preparation.experiment);
  create.name = options.name.empty() ? preparation.experiment.name : options.name;
  if (!options.run_dir.empty()) {
    create.exactly = std::filesystem::absolute(options.run_dir);
  }
  const run::RunDirectory run = run::create_run_directory(create);
  try {
    preparation.plan.batch_job = batch_job();
    preparation.plan.launch_command = launch_preview(preparation, run.path()).arguments;
    write_file_atomic(run.experiment(), config::to_yaml(preparation.experiment));
    run::write_plan(run.plan(), preparation.plan);
    run::create_secret(run);
  } catch (const Error&) {
    std::error_code ignored;
    std::filesystem::remove_all(run.path(), ignored);
    throw;
  }
  return run;
}

}  // namespace

int run_command(const RunOptions& options, const Terminal& terminal) {
  Preparation preparation = prepare(options.experiment, Depth::model);
  if (!preparation.problems.empty()) {
    write_if_possible(STDERR_FILENO, text_of(preparation.problems));
    return exit_status(preparation.problems);
  }
  if (const auto earlier = earlier_run(options, preparation)) {
    write_if_possible(STDERR_FILENO, concat("going on with ", earlier->name(),
                                            ", which has not been completed\n"));
    return resume_command({.run = earlier->path().string(), .overrides = {}, .json = options.json},
                          terminal);
  }
  find_mpirun();  // Throws, with what to install, before anything is written.
  const run::RunDirectory run = make_run_directory(options, preparation);
  return train({run, preparation, options.experiment, options.json}, terminal);
}

}  // namespace muster::coordinator::cli
