#include "coordinator/cli/training.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/run/snapshot_folder.h"
#include "common/run/summary.h"
#include "common/text.h"
#include "coordinator/cli/display.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"
#include "coordinator/cli/run_report.h"
#include "coordinator/launch/parent.h"
#include "coordinator/launch/temporary.h"
#include "coordinator/net/coordinator.h"

namespace muster::coordinator::cli {
namespace {

void report(const Training& training, const Display& display) {
  const run::Summary& summary = *display.summary();
  RunEnd end{summary, path_from_here(training.run.path().string()), "", display.best()};
  if (display.last_checkpoint()) {
    end.checkpoint =
        path_from_here(training.run.checkpoint(display.last_checkpoint()->step).string());
  }
  const bool has_failed = summary.status == run::Status::failed;
  if (has_failed) {
    write_if_possible(STDERR_FILENO, run_failure(end));
  }
  if (training.json) {
    write_all(STDOUT_FILENO, nlohmann::json(summary).dump() + "\n");
  } else if (!has_failed) {
    write_if_possible(STDERR_FILENO, "\n");
    write_all(STDOUT_FILENO, run_result(end));
  }
  if (summary.status == run::Status::completed && !training.json && training.typed) {
    write_if_possible(STDERR_FILENO,
                      next_steps(training.preparation, *training.typed, end.run_folder));
  }
}

/// The life of the coordinator's process: everything it throws is reported here.
int coordinate(const Training& training, const Terminal& terminal, bool takes_over) {
  const run::Plan& plan = training.preparation.plan;
  Display display(terminal, {plan.total_steps, plan.steps_per_epoch, plan.train_samples},
                  STDERR_FILENO);
  try {
    const int status =
        run_coordinator(training.run,
                        {.worker_program = training.preparation.worker_program.string(),
                         .takes_over = takes_over,
                         .prepare = takes_over ? std::function<void()>() : training.prepare},
                        display);
    display.finish();
    if (display.summary()) {
      report(training, display);
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

/// Memory that no process holds any more. A run that goes on may want its `own`.
void remove_what_crashed_runs_left(const std::filesystem::path& dir,
                                   const std::filesystem::path& own) {
  for (const run::AbandonedSnapshots& left : run::abandoned_snapshots(dir)) {
    if (left.folder != own) run::remove_snapshot_folder(left.folder);
  }
}

/// After a coordinator that a signal has ended.
int succeed(const Training& training, const Terminal& terminal) {
  const std::string summary = training.run.summary().string();
  if (!std::filesystem::exists(summary)) return coordinate(training, terminal, true);
  // It had only its farewell left.
  const bool is_completed = run::read_summary(summary).status == run::Status::completed;
  return is_completed ? exit_code::kOk : exit_code::kSoftware;
}

}  // namespace

int train(const Training& training, const Terminal& terminal) {
  const std::string folder = path_from_here(training.run.path().string());
  write_if_possible(STDERR_FILENO, run_header(training.preparation, folder));
  write_if_possible(STDERR_FILENO, warning_text(training.preparation.warnings));

  const config::Snapshot& places = training.preparation.experiment.snapshot;
  const auto snapshots = run::snapshot_folder(places, training.preparation.plan.run_id);
  remove_what_crashed_runs_left(places.dir, snapshots);
  const int status = supervise([&] { return coordinate(training, terminal, false); },
                               [&] {
                                 remove_temporary_folders_of(training.preparation.plan.run_id);
                                 run::remove_snapshot_folder(snapshots);
                               },
                               [&] { return succeed(training, terminal); });
  if (status > exit_code::kSignal && !std::filesystem::exists(training.run.summary())) {
    write_if_possible(STDERR_FILENO, concat("\nerror: the coordinator was ended by signal ",
                                            status - exit_code::kSignal, "; its log is ", folder,
                                            "/log/coordinator.log\n"));
  }
  return status;
}

}  // namespace muster::coordinator::cli
