#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/run/run_directory.h"
#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/commands.h"
#include "coordinator/cli/doctor/machine.h"
#include "coordinator/cli/doctor/places.h"
#include "coordinator/cli/doctor/programs.h"
#include "coordinator/cli/doctor/report.h"
#include "coordinator/cli/doctor/snapshots.h"
#include "coordinator/cli/doctor/trial_folder.h"
#include "coordinator/cli/outlet.h"
#include "coordinator/launch/parent.h"

namespace muster::coordinator::cli {
namespace {

using doctor::Finding;
using doctor::TrialFolder;

/// Collects findings, and shows each as soon as it is there: some take a second.
class Examination {
 public:
  Examination(const DoctorOptions& options, const Terminal& terminal)
      : is_json_(options.json), style_(terminal.output_style) {
    if (!is_json_) write_all(STDOUT_FILENO, concat("muster ", kVersion, "\n"));
  }

  void add(const Finding& finding) {
    findings_.push_back(finding);
    if (is_json_) return;
    const auto width = static_cast<std::size_t>(terminal_width());
    write_all(STDOUT_FILENO, doctor::finding_text(finding, style_, width));
  }

  /// The exit status.
  int end() const {
    write_all(STDOUT_FILENO, is_json_ ? doctor::findings_json(findings_).dump(2) + "\n"
                                      : doctor::verdict_text(findings_));
    return doctor::exit_status(findings_);
  }

 private:
  bool is_json_;
  Style style_;
  std::vector<Finding> findings_;
};

/// Each check of a program needs those before it; what cannot be tried is not complained about.
void examine_programs(const TrialFolder& folder, Examination& examination) {
  if (folder.path().empty()) {
    examination.add({.name = "/tmp",
                     .verdict = doctor::Verdict::problem,
                     .seen = folder.problem(),
                     .advice = "mpirun keeps its session files there: it must be writable"});
    return;
  }
  const doctor::WorkerCheck worker = doctor::check_worker(folder.path());
  examination.add(worker.finding);
  const doctor::LauncherCheck mpirun = doctor::check_mpirun();
  examination.add(mpirun.finding);
  if (!mpirun.works) return;
  const Finding processes = doctor::check_two_processes(folder.path());
  examination.add(processes);
  if (!worker.program || processes.verdict != doctor::Verdict::ok) return;
  examination.add(doctor::check_training(folder.path(), *worker.program));
}

}  // namespace

int doctor_command(const DoctorOptions& options, const Terminal& terminal) {
  const std::filesystem::path root = run::run_root({});
  TrialFolder programs(concat("/tmp/muster-", ::getuid(), "-doctor-"));
  TrialFolder runs(doctor::nearest_folder(root) / ".muster-doctor-");
  // A child does the work, so that whatever ends it, a parent is there to clear up.
  return supervise(
      [&] {
        Examination examination(options, terminal);
        examine_programs(programs, examination);
        for (const Finding& finding : doctor::look_at_machine()) examination.add(finding);
        examination.add(doctor::look_at_snapshots(config::Snapshot{}.dir.string(), options.clean));
        examination.add(doctor::look_at_run_root(root, runs.path(), runs.problem()));
        examination.add(doctor::look_at_network());
        examination.add(doctor::check_slurm());
        return examination.end();
      },
      [&] {
        programs.remove();
        runs.remove();
      });
}

}  // namespace muster::coordinator::cli
