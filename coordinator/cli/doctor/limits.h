// What a container or a batch system allows of the machine: control groups, versions 1 and 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace muster::coordinator::cli::doctor {

/// Cores that may be used: the least of this process's control group and those around it; nothing
/// without a limit.
std::optional<double> cpu_quota();

/// Bytes of memory, likewise.
std::optional<std::int64_t> memory_limit();

/// "200000 100000" (cpu.max) -> 2; "max 100000" -> nothing. Pure.
std::optional<double> parse_cpu_max(const std::string& text);

/// The folders in which the controller's files may be, from /proc/self/cgroup: the innermost first,
/// then those around it. Pure.
std::vector<std::string> control_folders(const std::string& membership,
                                         const std::string& controller);

}  // namespace muster::coordinator::cli::doctor
