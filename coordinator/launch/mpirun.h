// How a world is started with mpirun (Open MPI 4.1 and 5.0).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/run/run_directory.h"

namespace muster::coordinator {

/// A program, its arguments and what is added to its environment.
struct Command {
  std::vector<std::string> arguments;  // [0] is the program.
  std::map<std::string, std::string> environment;

  /// As one would type it into a shell, quoted.
  std::string text() const;
};

struct LaunchRequest {
  std::string worker_program;  // Absolute.
  std::filesystem::path run;
  std::int64_t generation = 1;
  int workers = 1;
  std::vector<std::string> arguments = {};  // Of the worker. Empty: --run and --generation.
  std::filesystem::path temporary;  // For mpirun's session files; removed with the generation.
  bool as_root = false;             // mpirun refuses to run as root unless it is told to.
  bool other_hosts = false;         // Workers may be on other hosts (may_use_other_hosts).
  std::string mpirun = "mpirun";    // The program; find_mpirun() knows its path.
};

/// Marks the processes of one generation: its value is theirs alone.
inline constexpr const char* kWorldVariable = "MUSTER_WORLD";

/// mpirun ... -np N muster-worker --run DIR --generation G. Pure.
///
/// What is Open MPI's own is given by environment, not by options: names that a version does not
/// know are ignored there, and what the user passes in cluster.env or cluster.mpirun_args wins.
/// Every process of the generation on this host has kWorldVariable = request.temporary in its
/// environment.
Command mpirun_command(const config::Cluster& cluster, const config::Comm& comm,
                       const LaunchRequest& request);

/// The program of that name in a folder of PATH; nothing when there is none.
std::optional<std::filesystem::path> find_program(const std::string& name);

/// The mpirun on PATH. Throws Error{unavailable}, saying what to install.
std::filesystem::path find_mpirun();

/// True when `mpirun_args` or the environment of a batch system may put workers on other hosts than
/// this. Pure: `environment` gives the value of a variable, null when it is not set.
bool may_use_other_hosts(const std::vector<std::string>& mpirun_args,
                         const char* (*environment)(const char* name));

}  // namespace muster::coordinator
