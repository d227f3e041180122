// The programs that a training starts: found, asked for their version, and started as a run starts
// them. Every wait has a deadline; a program that does not answer is killed.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "coordinator/cli/doctor/finding.h"

namespace muster::coordinator::cli::doctor {

/// muster-worker, and that libtorch loads in it. `folder`: for its experiment.
struct WorkerCheck {
  Finding finding;
  std::optional<std::filesystem::path> program;  // When it works.
};
WorkerCheck check_worker(const std::filesystem::path& folder);

/// mpirun, and that it is Open MPI's.
struct LauncherCheck {
  Finding finding;
  bool works = false;
};
LauncherCheck check_mpirun();

/// mpirun starts two processes, with the options that a run gives it.
Finding check_two_processes(const std::filesystem::path& folder);

/// Two workers under mpirun train two steps of a tiny experiment: MPI, shared memory, libtorch and
/// checkpoints together.
Finding check_training(const std::filesystem::path& folder, const std::filesystem::path& worker);

/// sbatch, srun, scontrol; their absence is fine.
Finding check_slurm();

}  // namespace muster::coordinator::cli::doctor
