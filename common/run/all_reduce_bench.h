// What `muster bench allreduce` measures: muster-worker measures and writes it, muster prints it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace muster::run {

/// Seconds of one call on the slowest rank, over the rounds of one size.
struct BenchTimes {
  double median_seconds = 0;
  double least_seconds = 0;
  double most_seconds = 0;
  double cpu_seconds = 0;  // Mean per call, all ranks together.
};

/// All methods on the same number of bytes, measured in turns.
struct AllReduceBenchSize {
  std::int64_t bytes = 0;   // Of the buffer, on each rank.
  std::int64_t rounds = 0;  // Samples of each method.
  BenchTimes step;          // reduce_scatter to the shards, then all_gather: a training step's way.
  BenchTimes all_reduce;    // In place, in shared memory.
  BenchTimes mpi;           // MPI_Allreduce, in place, on the same buffer.
  BenchTimes copy;          // memcpy of the buffer to private memory, all ranks at once.
};

struct AllReduceBench {
  std::int64_t ranks = 0;
  std::string host;
  std::string mpi_version;
  std::vector<AllReduceBenchSize> sizes;
};

/// Bytes that the benchmark takes on one machine with `ranks` ranks and buffers of `bytes`.
std::int64_t all_reduce_bench_memory(std::int64_t ranks, std::int64_t bytes);

void to_json(nlohmann::json& json, const AllReduceBench& bench);
void from_json(const nlohmann::json& json, AllReduceBench& bench);

}  // namespace muster::run
