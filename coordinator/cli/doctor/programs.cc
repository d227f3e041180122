#include "coordinator/cli/doctor/programs.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "common/deadline.h"
#include "common/error.h"
#include "common/run/plan.h"
#include "common/text.h"
#include "common/version.h"
#include "coordinator/cli/inspect.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/subprocess.h"
#include "coordinator/launch/mpirun.h"
#include "coordinator/launch/temporary.h"
#include "coordinator/launch/world.h"
#include "coordinator/net/log_tail.h"

namespace muster::coordinator::cli::doctor {
namespace {

namespace fs = std::filesystem;

constexpr auto kAnswerPatience = std::chrono::seconds(10);
constexpr auto kLaunchPatience = std::chrono::seconds(60);
constexpr int kProcesses = 2;
constexpr std::size_t kLogLines = 5;

constexpr const char* kSamples = "0,0,0\n0,1,1\n1,0,1\n1,1,0\n0,2,0\n2,0,0\n1,2,1\n2,1,1\n";
constexpr const char* kExperiment = R"(name: doctor
model: {name: mlp, input: [2], hidden: [4], classes: 2}
data: {train: {format: csv, files: [samples.csv], label: -1}}
batch: {global: 4, lanes: 2}
optimizer: {name: adamw, lr: 1.0e-3}
duration: 1ep
fast_dev_run: true
cluster: {workers: 2}
output: {dir: runs}
)";

Finding problem(const char* name, const std::string& seen, const std::string& advice) {
  return {.name = name, .verdict = Verdict::problem, .seen = seen, .advice = advice};
}

Finding problem(const char* name, const Error& error) {
  return problem(name, error.what(), error.hint());
}

fs::path write_experiment(const fs::path& folder) {
  std::ofstream(folder / "samples.csv") << kSamples;
  std::ofstream(folder / "experiment.yaml") << kExperiment;
  return folder / "experiment.yaml";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// How a world of two ended.
struct Trial {
  double seconds = 0;
  std::optional<ProcessEnd> end;  // Empty: it was still running at the deadline, and was killed.
  std::vector<std::string> output;
};

/// Starts `program arguments...` twice under mpirun, as a run would. Throws Error.
Trial start_two(const fs::path& folder, const std::string& program,
                const std::vector<std::string>& arguments) {
  const fs::path temporary = temporary_folder(run::make_run_id(), 1);
  const coordinator::Command command = mpirun_command({}, {},
                                                      {.worker_program = program,
                                                       .run = folder,
                                                       .workers = kProcesses,
                                                       .arguments = arguments,
                                                       .temporary = temporary,
                                                       .as_root = ::geteuid() == 0,
                                                       .mpirun = find_mpirun().string()});
  const fs::path log = folder / "log";
  fs::remove(log);

  Trial trial;
  const auto start = Clock::now();
  {
    World world(command, temporary, log);
    pollfd waiting{.fd = world.pidfd(), .events = POLLIN, .revents = 0};
    const auto patience = std::chrono::milliseconds(kLaunchPatience);
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) == 1) trial.end = world.finish();
  }
  trial.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  trial.output = last_lines(log, kLogLines);
  return trial;
}

/// Nothing when it went well.
std::optional<Finding> failure_of(const char* name, const Trial& trial) {
  const std::string said =
      trial.output.empty() ? "" : concat("; the last it said: ", join(trial.output, " | "));
  if (!trial.end) {
    return problem(name, concat("nothing after ", counted(kLaunchPatience.count(), "second"), said),
                   "does 'mpirun -np 2 hostname' work? A host name that cannot be resolved and a "
                   "firewall make mpirun wait");
  }
  if (trial.end->is_success()) return std::nullopt;
  return problem(name,
                 concat("ended with ",
                        trial.end->signal != 0 ? concat("signal ", trial.end->signal)
                                               : concat("status ", trial.end->exit_code),
                        said),
                 "does 'mpirun -np 2 hostname' work? Open MPI's own settings (OMPI_MCA_*, "
                 "~/.openmpi) count here too");
}

}  // namespace

WorkerCheck check_worker(const fs::path& folder) {
  constexpr const char* kName = "muster-worker";
  try {
    const fs::path program = find_worker_program();
    const auto start = Clock::now();
    const InspectionResult result = inspect(program, {write_experiment(folder).string(), {}});
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!result.problems.empty()) {
      return {problem(kName, result.problems.front().text,
                      "is libtorch where it was when Muster was built? ldd muster-worker tells; "
                      "scripts/setup and scripts/build put it right"),
              std::nullopt};
    }
    return {
        {.name = kName,
         .seen = concat(path_from_here(program.string()), "; libtorch ",
                        result.inspection.libtorch_version, " loads in ", human_seconds(seconds))},
        program};
  } catch (const Error& error) {
    return {problem(kName, error), std::nullopt};
  }
}

LauncherCheck check_mpirun() {
  constexpr const char* kName = "mpirun";
  try {
    const std::string program = find_mpirun().string();
    const ProgramOutput output =
        run_program_and_wait({program, "--version"}, Deadline::after(kAnswerPatience));
    const std::string version = first_line(output.out + output.err);
    if (version.find("Open MPI") == std::string::npos && version.find("Open RTE") == version.npos) {
      return {problem(kName, concat(program, " says: ", version),
                      "Muster starts its workers with Open MPI's mpirun (apt-get install "
                      "openmpi-bin): put it first on PATH"),
              false};
    }
    return {{.name = kName, .seen = concat(program, ", ", version)}, true};
  } catch (const Error& error) {
    return {problem(kName, error), false};
  }
}

Finding check_two_processes(const fs::path& folder) {
  constexpr const char* kName = "two processes";
  try {
    const Trial trial = start_two(folder, "/bin/echo", {"here"});
    if (const auto failure = failure_of(kName, trial)) return *failure;
    if (trial.output.size() != kProcesses) {
      return problem(kName, concat("mpirun started ", trial.output.size(), " of two processes"),
                     "does 'mpirun -np 2 hostname' print two lines?");
    }
    return {.name = kName, .seen = concat("mpirun starts them in ", human_seconds(trial.seconds))};
  } catch (const Error& error) {
    return problem(kName, error);
  }
}

Finding check_training(const fs::path& folder, const fs::path& worker) {
  constexpr const char* kName = "training";
  try {
    const Trial trial = start_two(folder, worker.string(), {write_experiment(folder).string()});
    if (const auto failure = failure_of(kName, trial)) return *failure;
    return {.name = kName,
            .seen = concat("two workers trained two steps and wrote a checkpoint in ",
                           human_seconds(trial.seconds))};
  } catch (const Error& error) {
    return problem(kName, error);
  }
}

Finding check_slurm() {
  Finding finding{.name = "SLURM"};
  std::vector<std::string> missing;
  for (const char* name : {"sbatch", "srun", "scontrol"}) {
    if (!find_program(name)) missing.emplace_back(name);
  }
  if (missing.size() == 3) {
    finding.seen = "not used: its commands are not on PATH, and need not be";
    return finding;
  }
  if (!missing.empty()) {
    finding.verdict = Verdict::warning;
    finding.seen = concat("not all of its commands are on PATH: no ", join(missing, ", no "));
    finding.advice = "install slurm-client, or load its module, if jobs are to be submitted here";
    return finding;
  }
  try {
    const ProgramOutput output = run_program_and_wait({find_program("scontrol")->string(), "ping"},
                                                      Deadline::after(kAnswerPatience));
    finding.seen = first_line(output.out + output.err);
    if (output.status == 0) return finding;
  } catch (const Error& error) {
    finding.seen = error.what();
  }
  finding.verdict = Verdict::warning;
  finding.advice = "jobs cannot be submitted from here until slurmctld answers: scontrol ping";
  return finding;
}

}  // namespace muster::coordinator::cli::doctor
