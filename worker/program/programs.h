// The programs in muster-worker. Each returns the exit status.
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

struct BenchArguments {
  std::vector<std::int64_t> sizes;  // Bytes of the buffer; positive multiples of 4.
  std::string output;               // Rank 0 writes run::AllReduceBench here, as JSON.
};

/// `mpirun -np N muster-worker --bench allreduce --sizes 1000000,... --output FILE`.
int bench_all_reduce(const BenchArguments& arguments);

}  // namespace muster::worker
