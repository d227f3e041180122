#include "coordinator/cli/inspect.h"

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "common/deadline.h"
#include "common/text.h"
#include "coordinator/cli/subprocess.h"

namespace muster::coordinator::cli {
namespace {

constexpr auto kLongestInspection = std::chrono::minutes(2);

std::string without_last_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  return text;
}

/// The worker's own words. Statuses that mean something to users (64 to 78) are passed on; anything
/// else is a worker that broke.
Problem worker_problem(const std::filesystem::path& worker, const ProgramOutput& output) {
  const bool says_why =
      output.status >= exit_code::kUsage && output.status <= exit_code::kBadConfig;
  if (says_why && !output.err.empty()) {
    return {output.status, without_last_newline(output.err)};
  }
  const std::string end = output.status > exit_code::kSignal
                              ? concat("signal ", output.status - exit_code::kSignal)
                              : concat("status ", output.status);
  return {exit_code::kSoftware,
          without_last_newline(concat("error: ", worker.string(), " --inspect ended with ", end,
                                      output.err.empty() ? "" : ":\n", output.err))};
}

}  // namespace

std::filesystem::path find_worker_program() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path worker = self.parent_path() / "muster-worker";
  if (error || ::access(worker.c_str(), X_OK) != 0) {
    throw Error(ErrorCode::unavailable,
                concat("the program that trains, ", worker.string(), ", is not there"),
                "build it with scripts/build, and keep muster and muster-worker in one folder");
  }
  return worker;
}

InspectionResult inspect(const std::filesystem::path& worker,
                         const ExperimentArguments& experiment) {
  std::vector<std::string> arguments = {worker.string(), "--inspect", experiment.file};
  arguments.insert(arguments.end(), experiment.overrides.begin(), experiment.overrides.end());
  const ProgramOutput output = run_program_and_wait(arguments, Deadline::after(kLongestInspection));

  InspectionResult result;
  if (output.status != 0) {
    result.problems.push_back(worker_problem(worker, output));
    return result;
  }
  try {
    result.inspection = nlohmann::json::parse(output.out).get<run::Inspection>();
  } catch (const std::exception& error) {
    throw Error(ErrorCode::unsupported,
                concat(worker.string(), " --inspect printed no inspection: ", error.what()),
                "muster and muster-worker must be of the same build: run scripts/build");
  }
  return result;
}

}  // namespace muster::coordinator::cli
