#include "coordinator/cli/resumption.h"

#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "common/checkpoint/store.h"
#include "common/config/load.h"
#include "common/config/resolve.h"
#include "common/run/snapshot_folder.h"
#include "common/text.h"
#include "coordinator/cli/data_problem.h"
#include "coordinator/cli/initial_weights.h"
#include "coordinator/cli/inspect.h"
#include "coordinator/cli/layout.h"
#include "data/planning/planning.h"

namespace muster::coordinator::cli {
namespace {

void add_problems(const std::vector<config::Diagnostic>& diagnostics, Preparation& preparation) {
  for (const config::Diagnostic& diagnostic : diagnostics) {
    preparation.problems.push_back(problem_of(diagnostic));
  }
}

std::string shown(const std::map<std::string, std::string>& keys, const std::string& key) {
  const auto found = keys.find(key);
  return found == keys.end() ? "nothing" : found->second;
}

/// The keys in which `now` would train something else than `before`.
std::vector<config::Diagnostic> changes_of_bits(const config::LoadResult& before,
                                                const config::LoadResult& now) {
  const auto old_keys = config::hashed_keys(before.experiment, "");
  const auto new_keys = config::hashed_keys(now.experiment, "");
  std::map<std::string, std::string> all = old_keys;
  all.insert(new_keys.begin(), new_keys.end());
  std::vector<config::Diagnostic> changes;
  for (const auto& entry : all) {
    const std::string& key = entry.first;
    const std::string from = shown(old_keys, key);
    const std::string to = shown(new_keys, key);
    if (from == to) continue;
    changes.push_back(now.complaint(
        key,
        concat(key, " decides the bits of the result: this run began with ", from, ", not ", to),
        "start another run with 'muster run'"));
  }
  return changes;
}

/// Neither a checkpoint nor a snapshot to go on from, whole or not.
bool has_only_begun(const run::RunDirectory& run, const run::Plan& plan,
                    const config::Experiment& experiment) {
  std::error_code ignored;
  return checkpoint::list(run.checkpoints()).empty() &&
         !std::filesystem::exists(run::snapshot_folder(experiment.snapshot, plan.run_id), ignored);
}

/// A run that has trained does not need the file of its initial weights any more. Another file is
/// looked at all the same: with the same contents it is the same experiment.
void check_initial_weights(const config::LoadResult& before, bool has_only_begun,
                           config::LoadResult& now, Preparation& preparation) {
  const auto file_of = [](const config::Experiment& experiment) {
    return config::initial_weights_of(experiment.model.options).file;
  };
  const bool is_other = file_of(now.experiment) != file_of(before.experiment);
  if (!is_other && !has_only_begun) return;
  if (is_other) config::initial_weights_of(now.experiment.model.options).sha256.reset();
  if (auto problem = identify_initial_weights(now.experiment, now)) {
    preparation.problems.push_back(std::move(*problem));
  }
}

/// Leaves problems in `preparation`, or the experiment.
config::LoadResult load(const run::RunDirectory& run, const run::Plan& plan,
                        const std::vector<std::string>& overrides, Preparation& preparation) {
  const config::LoadResult before = config::load_experiment(run.experiment());
  add_problems(before.diagnostics, preparation);
  config::LoadResult now = config::load_experiment(run.experiment(), overrides);
  if (before.diagnostics.empty()) add_problems(now.diagnostics, preparation);
  if (preparation.problems.empty()) {
    check_initial_weights(before, has_only_begun(run, plan, before.experiment), now, preparation);
  }
  if (preparation.problems.empty()) add_problems(changes_of_bits(before, now), preparation);
  if (preparation.problems.empty()) {
    add_problems(config::resolve(now, {.workers = now.experiment.cluster.workers}), preparation);
  }
  return now;
}

std::optional<data::Datasets> open_data(const config::LoadResult& loaded, const run::Plan& plan,
                                        Preparation& preparation) {
  try {
    return data::open_datasets(loaded.experiment, &plan);
  } catch (const Error& error) {
    preparation.problems.push_back(data_problem(error, loaded));
    return std::nullopt;
  }
}

}  // namespace

Preparation prepare_to_resume(const run::RunDirectory& run,
                              const std::vector<std::string>& overrides) {
  Preparation preparation;
  preparation.file = path_from_here(run.experiment().string());
  preparation.lanes_were_set = true;
  const run::Plan plan = run::read_plan(run.plan().string());
  const config::LoadResult loaded = load(run, plan, overrides, preparation);
  if (!preparation.problems.empty()) return preparation;

  preparation.experiment = loaded.experiment;
  const auto datasets = open_data(loaded, plan, preparation);
  if (!datasets) return preparation;
  preparation.warnings = data::warnings(preparation.experiment, *datasets);
  preparation.partition = data::training_partition(preparation.experiment, *datasets->train).spec();
  preparation.plan =
      data::make_plan(preparation.experiment, *datasets, preparation.experiment.cluster.workers);
  if (preparation.plan.config_hash != plan.config_hash) {
    preparation.problems.push_back(problem_of(
        loaded.complaint("",
                         concat("this is not the experiment that ",
                                path_from_here(run.plan().string()), " was made for"),
                         "experiment.yaml of a run is written by muster: do not change it")));
    return preparation;
  }
  preparation.plan.run_id = plan.run_id;
  preparation.plan.train_manifest = plan.train_manifest;
  preparation.plan.eval_manifest = plan.eval_manifest;
  preparation.plan.launch_command = plan.launch_command;
  preparation.plan.batch_job = plan.batch_job;
  preparation.worker_program = find_worker_program();
  InspectionResult result =
      inspect(preparation.worker_program, {run.experiment().string(), overrides});
  preparation.inspection = std::move(result.inspection);
  preparation.problems = std::move(result.problems);
  for (const std::string& text : preparation.inspection.problems) {
    preparation.problems.push_back(misfit_problem(text, "", loaded));
  }
  return preparation;
}

}  // namespace muster::coordinator::cli
