// Processor, memory, kernel: what this machine is, and what it allows. Looking and judging are
// apart: judge_* are pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cli/doctor/finding.h"

namespace muster::coordinator::cli::doctor {

struct ThreadFacts {
  int cores = 1;                      // That this process may run on.
  std::optional<double> quota;        // Of its control group, in cores.
  std::string thread_limit_variable;  // OMP_THREAD_LIMIT; empty: not set.
};
Finding judge_threads(const ThreadFacts& facts);

struct MemoryFacts {
  std::int64_t total_bytes = 0;
  std::int64_t available_bytes = 0;
  std::optional<std::int64_t> limit_bytes;  // Of the control group.
};
Finding judge_memory(const MemoryFacts& facts);

/// `flags`: of /proc/cpuinfo, empty where there are none (no x86).
Finding judge_instructions(const std::string& flags);

/// Open files that a process may have.
Finding judge_open_files(std::uint64_t soft, std::uint64_t hard);

/// `problem`: why nothing could be written there; empty when it could.
Finding judge_shared_memory(std::int64_t free_bytes, const std::string& problem);

/// All of the above as they are here, the kernel and the GPU too.
std::vector<Finding> look_at_machine();

}  // namespace muster::coordinator::cli::doctor
