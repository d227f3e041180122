#include "coordinator/cli/earlier_run.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "common/config/load.h"
#include "common/config/resolve.h"
#include "common/run/plan.h"
#include "common/run/summary.h"
#include "common/text.h"
#include "coordinator/cli/layout.h"
#include "coordinator/cli/look/find_run.h"
#include "coordinator/cli/problem.h"

namespace muster::coordinator::cli {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool was_started_again() {
  const std::string count = variable("SLURM_RESTART_COUNT");
  return !count.empty() && count != "0";
}

run::Plan plan_of(const run::RunDirectory& run) { return run::read_plan(run.plan().string()); }

/// "optimizer.lr (there 0.001, here 0.5)", one for each key that decides bits and differs.
std::vector<std::string> differences(const run::RunDirectory& run,
                                     const config::Experiment& experiment) {
  const auto there = config::hashed_keys(config::load_experiment(run.experiment()).experiment, "");
  const auto here = config::hashed_keys(experiment, "");
  std::vector<std::string> found;
  const auto value = [](const auto& keys, const std::string& key) {
    const auto entry = keys.find(key);
    return entry == keys.end() ? std::string("nothing") : entry->second;
  };
  auto all = there;
  all.insert(here.begin(), here.end());
  for (const auto& entry : all) {
    const std::string& key = entry.first;
    const std::string before = value(there, key);
    const std::string now = value(here, key);
    if (before != now) found.push_back(concat(key, " (there ", before, ", here ", now, ")"));
  }
  return found;
}

void refuse_another_experiment(const run::RunDirectory& run, const Preparation& preparation) {
  if (plan_of(run).config_hash == preparation.plan.config_hash) return;
  const auto found = differences(run, preparation.experiment);
  const std::string what = found.empty() ? "its data are others" : join(found, ", ");
  throw UsageError(
      concat(path_from_here(run.path().string()), " holds a run of another experiment: ", what),
      "name a folder that does not exist yet");
}

/// The run in that folder; nothing where there is none.
std::optional<run::RunDirectory> run_in(const std::filesystem::path& folder,
                                        const Preparation& preparation) {
  std::error_code error;
  if (!std::filesystem::exists(run::RunDirectory(folder).plan(), error)) return std::nullopt;
  const run::RunDirectory run = look::find_run(std::filesystem::absolute(folder), "");
  refuse_another_experiment(run, preparation);
  if (is_completed(run)) {
    throw UsageError(concat(path_from_here(run.path().string()), " holds a run that is completed"),
                     "name a folder that does not exist yet");
  }
  return run;
}

/// The one that this job had begun; nothing when there are none or several.
std::optional<run::RunDirectory> run_of_this_job(const Preparation& preparation) {
  const std::string job = batch_job();
  if (job.empty() || !was_started_again()) return std::nullopt;
  std::vector<run::RunDirectory> found;
  for (const run::RunDirectory& run : look::runs_in(run::run_root(preparation.experiment))) {
    const run::Plan plan = plan_of(run);
    const bool is_its_own =
        plan.batch_job == job && plan.config_hash == preparation.plan.config_hash;
    if (is_its_own && !is_completed(run)) found.push_back(run);
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

}  // namespace

std::string batch_job() {
  const std::string id = variable("SLURM_JOB_ID");
  return id.empty() ? "" : "slurm " + id;
}

bool is_completed(const run::RunDirectory& run) {
  std::error_code error;
  return std::filesystem::exists(run.summary(), error) &&
         run::read_summary(run.summary().string()).status == run::Status::completed;
}

std::optional<run::RunDirectory> earlier_run(const RunOptions& options,
                                             const Preparation& preparation) {
  return options.run_dir.empty() ? run_of_this_job(preparation)
                                 : run_in(options.run_dir, preparation);
}

}  // namespace muster::coordinator::cli
