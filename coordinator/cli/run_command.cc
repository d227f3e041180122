#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/config/resolve.h"
#include "common/run/fence.h"
#include "common/run/plan.h"
#include "common/run/run_directory.h"
#include "common/run/snapshot_folder.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/display.h"
#include "coordinator/cli/launch_preview.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/preparation.h"
#include "coordinator/cli/problem.h"
#include "coordinator/cli/run_report.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/parent.h"
#include "coordinator/launch/temporary.h"
#include "coordinator/net/coordinator.h"

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

void report(const RunOptions& options, const Preparation& preparation, const Display& display,
            const run::RunDirectory& run) {
  const run::Summary& summary = *display.summary();
  RunEnd end{summary, path_from_here(run.path().string()), "", display.best()};
  if (display.last_checkpoint()) {
    end.checkpoint = path_from_here(run.checkpoint(display.last_checkpoint()->step).string());
  }
  const bool has_failed = summary.status == run::Status::failed;
  if (has_failed) {
    write_if_possible(STDERR_FILENO, run_failure(end));
  }
  if (options.json) {
    write_all(STDOUT_FILENO, nlohmann::json(summary).dump() + "\n");
  } else if (!has_failed) {
    write_if_possible(STDERR_FILENO, "\n");
    write_all(STDOUT_FILENO, run_result(end));
  }
  if (summary.status == run::Status::completed && !options.json) {
    write_if_possible(STDERR_FILENO, next_steps(preparation, options.experiment, end.run_folder));
  }
}

/// The life of the coordinator's process: everything it throws is reported here.
int coordinate(const RunOptions& options, const Preparation& preparation, const Terminal& terminal,
               const run::RunDirectory& run) {
  const run::Plan& plan = preparation.plan;
  Display display(terminal, {plan.total_steps, plan.steps_per_epoch, plan.train_samples},
                  STDERR_FILENO);
  try {
    const int status = run_coordinator(run, {preparation.worker_program.string()}, display);
    display.finish();
    if (display.summary()) {
      report(options, preparation, display, run);
    }
    return status;
  } catch (const Error& error) {
    display.notice(error_text(error));
    display.finish();
    return muster::exit_status(error.code());
  } catch (const std::exception& error) {
    display.notice(concat("error: a bug in muster: ", error.what()));
    display.finish();
    return exit_code::kSoftware;
  }
}

}  // namespace

int run_command(const RunOptions& options, const Terminal& terminal) {
  Preparation preparation = prepare(options.experiment, Depth::model);
  if (!preparation.problems.empty()) {
    write_if_possible(STDERR_FILENO, text_of(preparation.problems));
    return exit_status(preparation.problems);
  }
  for (const auto& left : run::abandoned_snapshots(preparation.experiment.snapshot.dir)) {
    run::remove_snapshot_folder(left.folder);  // Of a run that crashed.
  }
  find_mpirun();  // Throws, with what to install, before anything is written.
  const run::RunDirectory run = make_run_directory(options, preparation);
  const std::string folder = path_from_here(run.path().string());
  write_if_possible(STDERR_FILENO, run_header(preparation, folder));
  write_if_possible(STDERR_FILENO, warning_text(preparation.warnings));

  const auto snapshots =
      run::snapshot_folder(preparation.experiment.snapshot, preparation.plan.run_id);
  const int status = supervise([&] { return coordinate(options, preparation, terminal, run); },
                               [&] {
                                 remove_temporary_folders_of(preparation.plan.run_id);
                                 run::remove_snapshot_folder(snapshots);
                               });
  if (status > exit_code::kSignal && !std::filesystem::exists(run.summary())) {
    write_if_possible(STDERR_FILENO, concat("\nerror: the coordinator was ended by signal ",
                                            status - exit_code::kSignal, "; its log is ", folder,
                                            "/log/coordinator.log\n"));
  }
  return status;
}

}  // namespace muster::coordinator::cli
