#include "coordinator/cli/preparation.h"

#include <optional>
#include <utility>

#include "common/config/load.h"
#include "common/config/resolve.h"
#include "coordinator/cli/batch_advice.h"
#include "coordinator/cli/data_problem.h"
#include "coordinator/cli/initial_weights.h"
#include "coordinator/cli/inspect.h"
#include "data/planning/planning.h"

namespace muster::coordinator::cli {
namespace {

/// Leaves problems in `preparation`, or the resolved experiment in both.
config::LoadResult load_and_resolve(const ExperimentArguments& arguments,
                                    Preparation& preparation) {
  config::LoadResult loaded = config::load_experiment(arguments.file, arguments.overrides);
  if (loaded.diagnostics.empty()) {
    preparation.lanes_were_set = loaded.experiment.batch.lanes.has_value();
    loaded.diagnostics = config::resolve(loaded, {.workers = loaded.experiment.cluster.workers});
    preparation.experiment = loaded.experiment;
  }
  for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
    preparation.problems.push_back(problem_of(diagnostic));
  }
  return loaded;
}

void add_misfits(const std::vector<std::string>& misfits, const std::string& hint,
                 const config::LoadResult& loaded, Preparation& preparation) {
  for (const std::string& text : misfits) {
    preparation.problems.push_back(misfit_problem(text, hint, loaded));
  }
}

/// Complaints that only a model with batch norm has reason for.
void check_batch_norm(const data::Datasets& datasets, const config::LoadResult& loaded,
                      Preparation& preparation) {
  const config::Batch& batch = preparation.experiment.batch;
  const BatchCut cut{datasets.train->size(), batch.global, *batch.lanes, batch.micro};
  add_misfits(data::misfits(preparation.experiment, datasets, true),
              batch_advice(cut, preparation.experiment.cluster.workers), loaded, preparation);
}

std::optional<data::Datasets> open_data(const config::LoadResult& loaded,
                                        Preparation& preparation) {
  try {
    return data::open_datasets(preparation.experiment);
  } catch (const Error& error) {
    preparation.problems.push_back(data_problem(error, loaded));
    return std::nullopt;
  }
}

void ask_worker(const ExperimentArguments& arguments, const config::LoadResult& loaded,
                Preparation& preparation) {
  preparation.worker_program = find_worker_program();
  InspectionResult result = inspect(preparation.worker_program, arguments);
  preparation.inspection = std::move(result.inspection);
  preparation.problems = std::move(result.problems);
  add_misfits(preparation.inspection.problems, "", loaded, preparation);
  add_misfits(preparation.inspection.init_problems, "", loaded, preparation);
  if (!preparation.inspection.init_note.empty()) {
    preparation.warnings.push_back(preparation.inspection.init_note);
  }
}

void check_data_and_model(const ExperimentArguments& arguments, Depth depth,
                          const config::LoadResult& loaded, Preparation& preparation) {
  const std::optional<data::Datasets> opened = open_data(loaded, preparation);
  if (auto problem = identify_initial_weights(preparation.experiment, loaded)) {
    preparation.problems.push_back(std::move(*problem));
  }
  if (!opened) {
    return;
  }
  const data::Datasets& datasets = *opened;
  add_misfits(data::misfits(preparation.experiment, datasets, false), "", loaded, preparation);
  if (!preparation.problems.empty()) {
    return;
  }
  preparation.warnings = data::warnings(preparation.experiment, datasets);
  preparation.partition = data::training_partition(preparation.experiment, *datasets.train).spec();
  preparation.plan =
      data::make_plan(preparation.experiment, datasets, preparation.experiment.cluster.workers);
  if (depth == Depth::data) {
    return;
  }
  ask_worker(arguments, loaded, preparation);
  if (preparation.problems.empty() && preparation.inspection.has_batch_norm) {
    check_batch_norm(datasets, loaded, preparation);
  }
}

}  // namespace

Preparation prepare(const ExperimentArguments& arguments, Depth depth) {
  Preparation preparation;
  preparation.file = arguments.file;
  const config::LoadResult loaded = load_and_resolve(arguments, preparation);
  if (preparation.problems.empty()) {
    check_data_and_model(arguments, depth, loaded, preparation);
  }
  return preparation;
}

int exit_status(const std::vector<Problem>& problems) {
  return problems.empty() ? exit_code::kOk : problems.front().exit_status;
}

}  // namespace muster::coordinator::cli
