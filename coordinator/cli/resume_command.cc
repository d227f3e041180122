#include <unistd.h>

#include "common/atomic_file.h"
#include "common/config/resolve.h"
#include "common/run/fence.h"
#include "common/run/metrics_log.h"
#include "common/run/plan.h"
#include "common/text.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/earlier_run.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/look/journal_facts.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/cli/problem.h"
#include "coordinator/cli/resumption.h"
#include "coordinator/cli/training.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/net/launcher.h"
#include "coordinator/net/ledger_record.h"

namespace muster::coordinator::cli {
namespace {

/// A number is taken from a run whose process lives only by that process itself.
void refuse_what_runs(const run::RunDirectory& run, const look::JournalFacts& journal) {
  if (run::writer_of(run.metrics().string()) != run::Writer::lives) return;
  throw UsageError(
      concat(run.name(), " is running: its coordinator is process ", journal.pid, " on ",
             journal.host.empty() ? "a host that is not known" : journal.host),
      concat("'muster status ", shell_quoted(path_from_here(run.path().string())), "' shows it"));
}

void refuse_direct_launch(const run::RunDirectory& run) {
  if (!run::read_plan(run.plan().string()).launch_command.empty()) return;
  throw UsageError(concat(run.name(), " was not started by 'muster run', but by mpirun itself"),
                   "only runs that had a coordinator can be resumed");
}

/// A world that its coordinator has left behind is taken over as it is.
void refuse_to_change_what_trains(const run::RunDirectory& run,
                                  const std::vector<std::string>& overrides) {
  const auto record = newest_ledger(run);
  if (overrides.empty() || !record || !record->launcher) return;
  if (!running_process(*record->launcher)) return;
  throw UsageError(concat("the workers of ", run.name(),
                          " still train, without a coordinator (mpirun is "
                          "process ",
                          record->launcher->pid, "): nothing can be changed now"),
                   "go on without overrides");
}

}  // namespace

int resume_command(const ResumeOptions& options, const Terminal& terminal) {
  const run::RunDirectory run = look::find_run(options.run, run::run_root({}));
  const std::string folder = path_from_here(run.path().string());
  if (is_completed(run)) {
    write_if_possible(STDERR_FILENO, concat(run.name(),
                                            " is completed: there is nothing to go on "
                                            "with ('muster status ",
                                            shell_quoted(folder), "' shows how it ended)\n"));
    return exit_code::kOk;
  }
  const look::JournalFacts journal = look::read_journal_facts(run);
  refuse_direct_launch(run);
  refuse_what_runs(run, journal);
  refuse_to_change_what_trains(run, options.overrides);
  run::read_secret(run);  // Throws where the coordinator could not read it either.
  const Preparation preparation = prepare_to_resume(run, options.overrides);
  if (!preparation.problems.empty()) {
    write_if_possible(STDERR_FILENO, text_of(preparation.problems));
    return exit_status(preparation.problems);
  }
  find_mpirun();  // Throws, with what to install, before anything is written.
  const auto write = [&] {
    write_file_atomic(run.experiment(), config::to_yaml(preparation.experiment));
    run::write_plan(run.plan(), preparation.plan);
  };
  return train({run, preparation, std::nullopt, options.json, write}, terminal);
}

}  // namespace muster::coordinator::cli
