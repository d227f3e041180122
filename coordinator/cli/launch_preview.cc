#include "coordinator/cli/launch_preview.h"

#include <unistd.h>

#include <cstdlib>

#include "coordinator/launch/temporary.h"

namespace muster::coordinator::cli {

coordinator::Command launch_preview(const Preparation& preparation,
                                    const std::filesystem::path& run) {
  LaunchRequest request;
  request.worker_program = preparation.worker_program.string();
  request.run = run;
  request.workers = preparation.plan.workers;
  request.temporary = temporary_folder(preparation.plan.run_id, request.generation);
  request.as_root = ::geteuid() == 0;
  const config::Experiment& experiment = preparation.experiment;
  request.other_hosts =
      may_use_other_hosts(experiment.cluster.mpirun_args,
                          [](const char* name) -> const char* { return std::getenv(name); });
  return mpirun_command(experiment.cluster, experiment.comm, request);
}

}  // namespace muster::coordinator::cli
