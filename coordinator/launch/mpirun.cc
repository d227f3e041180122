#include "coordinator/launch/mpirun.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "common/error.h"
#include "common/text.h"

namespace muster::coordinator {
namespace {

/// True when one of `options` stands in `arguments`, with one or two dashes, alone or before '='.
bool has_option(const std::vector<std::string>& arguments,
                std::initializer_list<std::string_view> options) {
  return std::any_of(arguments.begin(), arguments.end(), [&](std::string_view argument) {
    if (!argument.starts_with('-')) return false;
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    argument = argument.substr(0, argument.find('='));
    return std::find(options.begin(), options.end(), argument) != options.end();
  });
}

/// Hints for both versions; each ignores the names of the other.
std::map<std::string, std::string> open_mpi_hints(const std::filesystem::path& temporary,
                                                  bool one_node) {
  std::map<std::string, std::string> hints{
      // A dead rank ends the others at once, not after a second of patience.
      {"OMPI_MCA_odls_base_sigkill_timeout", "0"},
      {"PRTE_MCA_odls_base_sigkill_timeout", "0"},
      // Session files and shared memory where they are found and removed afterwards.
      {"OMPI_MCA_orte_tmpdir_base", temporary},
      {"OMPI_MCA_prte_tmpdir_base", temporary},
      {"PRTE_MCA_prte_tmpdir_base", temporary},
      {"OMPI_MCA_btl_vader_backing_directory", temporary},
      {"OMPI_MCA_btl_sm_backing_directory", temporary},
  };
  if (one_node) {
    // One node needs no network: looking for one is a third of the start. Where every rank counts
    // as its own node, MPI chooses as it would between hosts.
    hints["OMPI_MCA_pml"] = "ob1";
    hints["OMPI_MCA_btl"] = "self,vader";
  }
  return hints;
}

}  // namespace

std::string Command::text() const {
  std::vector<std::string> words;
  for (const auto& [name, value] : environment) words.push_back(name + "=" + shell_quoted(value));
  for (const auto& argument : arguments) words.push_back(shell_quoted(argument));
  return join(words, " ");
}

Command mpirun_command(const config::Cluster& cluster, const config::Comm& comm,
                       const LaunchRequest& request) {
  const auto& passed = cluster.mpirun_args;

  Command command;
  command.environment =
      open_mpi_hints(request.temporary, !request.other_hosts && !comm.ranks_per_node);
  for (const auto& [name, value] : cluster.env) command.environment[name] = value;
  command.environment[kWorldVariable] = request.temporary;

  auto& words = command.arguments;
  words.push_back(request.mpirun);
  if (request.as_root) words.push_back("--allow-run-as-root");
  if (!has_option(passed, {"oversubscribe", "nooversubscribe"})) words.push_back("--oversubscribe");
  if (!has_option(passed, {"bind-to"})) words.insert(words.end(), {"--bind-to", "none"});
  // By name only: mpirun takes the values from its environment, where no other user can read them.
  for (const auto& [name, value] : cluster.env) words.insert(words.end(), {"-x", name});
  words.insert(words.end(), passed.begin(), passed.end());
  words.insert(words.end(), {"-np", std::to_string(request.workers), request.worker_program});
  if (request.arguments.empty()) {
    words.insert(words.end(), {"--run", request.run.string(), "--generation",
                               std::to_string(request.generation)});
  } else {
    words.insert(words.end(), request.arguments.begin(), request.arguments.end());
  }
  return command;
}

std::optional<std::filesystem::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path == nullptr ? "" : path, ':')) {
    if (folder.empty()) continue;
    const auto candidate = std::filesystem::absolute(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(candidate)) {
      return candidate;
    }
  }
  return std::nullopt;
}

std::filesystem::path find_mpirun() {
  if (const auto found = find_program("mpirun")) return *found;
  throw Error(ErrorCode::unavailable, "mpirun was not found in any folder of PATH",
              "install Open MPI (apt-get install openmpi-bin) or load its module");
}

bool may_use_other_hosts(const std::vector<std::string>& mpirun_args,
                         const char* (*environment)(const char* name)) {
  if (has_option(mpirun_args, {"host", "H", "hostfile", "machinefile"})) return true;
  if (const char* nodes = environment("SLURM_JOB_NUM_NODES")) return std::string_view(nodes) != "1";
  constexpr std::array kHostLists = {"PBS_NODEFILE", "LSB_DJOB_HOSTFILE", "PE_HOSTFILE"};
  return std::any_of(kHostLists.begin(), kHostLists.end(),
                     [&](const char* name) { return environment(name) != nullptr; });
}

}  // namespace muster::coordinator
