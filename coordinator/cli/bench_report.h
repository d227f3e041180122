// What `muster bench` takes and prints. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/run/all_reduce_bench.h"

namespace muster::coordinator::cli {

/// "1MB,16MiB" in bytes: multiples of 4, what MPI_Allreduce can take at most. Throws
/// Error{invalid}.
std::vector<std::int64_t> parse_bench_sizes(const std::string& text);

/// A table with what its numbers mean. `cores`: of this machine.
std::string bench_text(const run::AllReduceBench& bench, int cores);

/// schema 1: what was measured, with "gigabytes_per_second" for each method and the ratios to
/// MPI_Allreduce.
nlohmann::json bench_json(const run::AllReduceBench& bench);

}  // namespace muster::coordinator::cli
