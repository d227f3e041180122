#include "coordinator/cli/training.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/run/metrics_log.h"
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

/// The last words.
void report(const Training& training, const run::Summary& summary,
            const std::optional<Evaluation>& best) {
  RunEnd end{summary, path_from_here(training.run.path().string()), "", best};
  if (!summary.checkpoints.empty()) {
    end.checkpoint = path_from_here(training.run.checkpoint(summary.checkpoints.back()).string());
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

/// The run has ended as it has: words that cannot be written change nothing about it.
void report_if_possible(const Training& training, const run::Summary& summary,
                        const std::optional<Evaluation>& best) {
  try {
    report(training, summary, best);
  } catch (const Error& error) {
    write_if_possible(STDERR_FILENO, concat("warning: ", error.what(), "; the result is in ",
                                            path_from_here(training.run.summary().string()), "\n"));
  }
}

/// The life of a coordinator's process: everything it throws is reported here.
int coordinate(const Training& training, const Terminal& terminal, const Succession& succession) {
  const run::Plan& plan = training.preparation.plan;
  Display display(terminal, {plan.total_steps, plan.steps_per_epoch, plan.train_samples},
                  STDERR_FILENO);
  try {
    const int status = run_coordinator(
        training.run,
        {.worker_program = training.preparation.worker_program.string(),
         .takes_over = succession.takes_over(),
         .prepare = succession.takes_over() ? std::function<void()>() : training.prepare,
         .unheard = succession.unheard(),
         .begins = [&] { succession.begin(); }},
        display);
    display.finish();
    if (display.summary()) report_if_possible(training, *display.summary(), display.best());
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

std::optional<run::Summary> summary_of(const run::RunDirectory& run) {
  std::error_code error;
  if (!std::filesystem::exists(run.summary(), error)) return std::nullopt;
  return run::read_summary(run.summary().string());
}

/// Number of the coordinator that ended the run the last time; 0 when none did.
std::int64_t last_to_end(const run::RunDirectory& run) {
  const auto summary = summary_of(run);
  return summary ? summary->coordinator : 0;
}

/// One of those that come one after the other in this program; `before` it, coordinator number
/// `before` was the last one to end the run.
int take_the_turn(const Training& training, const Terminal& terminal, std::int64_t before,
                  const Succession& succession) {
  const auto summary = succession.takes_over() ? summary_of(training.run) : std::nullopt;
  if (!summary || summary->coordinator <= before) {
    return coordinate(training, terminal, succession);
  }
  // The one that wrote it had only its last words left. Whoever cut it short wants none.
  succession.begin();
  if (succession.unheard().empty()) report_if_possible(training, *summary, std::nullopt);
  return summary->exit_status;
}

}  // namespace

int train(const Training& training, const Terminal& terminal) {
  const std::string folder = path_from_here(training.run.path().string());
  write_if_possible(STDERR_FILENO, run_header(training.preparation, folder));
  write_if_possible(STDERR_FILENO, warning_text(training.preparation.warnings));

  const config::Snapshot& places = training.preparation.experiment.snapshot;
  const auto snapshots = run::snapshot_folder(places, training.preparation.plan.run_id);
  remove_what_crashed_runs_left(places.dir, snapshots);
  const std::int64_t before = last_to_end(training.run);
  // This process keeps the lock, and its coordinators inherit it: the run is not without a leader
  // between two of them.
  const run::MetricsLog lead(training.run.metrics().string());
  // Snapshots are removed by the coordinator that ends the run; a run that is to be resumed goes on
  // from them.
  const int status = supervise_run(
      [&](const Succession& succession) {
        return take_the_turn(training, terminal, before, succession);
      },
      [&] { remove_temporary_folders_of(training.preparation.plan.run_id); });
  if (status > exit_code::kSignal && !std::filesystem::exists(training.run.summary())) {
    write_if_possible(STDERR_FILENO, concat("\nerror: the coordinator was ended by signal ",
                                            status - exit_code::kSignal, "; its log is ", folder,
                                            "/log/coordinator.log\n"));
  }
  return status;
}

}  // namespace muster::coordinator::cli
