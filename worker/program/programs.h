// The three programs in muster-worker. Each returns the exit status.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace muster::worker {

struct ExperimentArguments {
  std::string file;
  std::vector<std::string> overrides;
};

/// `mpirun -np N muster-worker EXP.yaml`: no coordinator. The world is as large as mpirun made it;
/// rank 0 makes the run directory.
int run_directly(const ExperimentArguments& arguments);

struct CoordinatedArguments {
  std::string run;
  std::int64_t generation = 1;
};

/// `muster-worker --run DIR --generation G`: one rank of a coordinator's world.
int run_coordinated(const CoordinatedArguments& arguments);

/// `muster-worker --inspect EXP.yaml`: prints run::Inspection as JSON. No MPI.
int inspect(const ExperimentArguments& arguments);

}  // namespace muster::worker
