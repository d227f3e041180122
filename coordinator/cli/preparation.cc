#include "coordinator/cli/preparation.h"

#include <optional>

#include "common/config/load.h"
#include "common/config/resolve.h"
#include "coordinator/cli/batch_advice.h"
#include "coordinator/cli/inspect.h"
#include "data/planning/planning.h"

namespace muster::coordinator::cli {
namespace {

void load_and_resolve(const ExperimentArguments& arguments, Preparation& preparation) {
  config::LoadResult loaded = config::load_experiment(arguments.file, arguments.overrides);
  if (loaded.diagnostics.empty()) {
    preparation.experiment = std::move(loaded.experiment);
    preparation.lanes_were_set = preparation.experiment.batch.lanes.has_value();
    loaded.diagnostics =
        config::resolve(preparation.experiment, {.workers = preparation.experiment.cluster.workers},
                        arguments.file);
  }
  for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
    preparation.problems.push_back(problem_of(diagnostic));
  }
}

void add_misfits(const std::vector<std::string>& misfits, const std::string& hint,
                 Preparation& preparation) {
  for (const std::string& text : misfits) {
    config::Diagnostic diagnostic;
    diagnostic.file = preparation.file;
    diagnostic.message = text;
    diagnostic.hint = hint;
    preparation.problems.push_back(problem_of(diagnostic));
  }
}

/// Complaints that only a model with batch norm has reason for.
void check_batch_norm(const data::Datasets& datasets, Preparation& preparation) {
  const config::Batch& batch = preparation.experiment.batch;
  const BatchCut cut{datasets.train->size(), batch.global, *batch.lanes, batch.micro};
  add_misfits(data::misfits(preparation.experiment, datasets, true),
              batch_advice(cut, preparation.experiment.cluster.workers), preparation);
}

std::optional<data::Datasets> open_data(Preparation& preparation) {
  try {
    return data::open_datasets(preparation.experiment);
  } catch (const Error& error) {
    preparation.problems.push_back(problem_of(error));
    return std::nullopt;
  }
}

void check_data_and_model(const ExperimentArguments& arguments, Depth depth,
                          Preparation& preparation) {
  const std::optional<data::Datasets> opened = open_data(preparation);
  if (!opened) {
    return;
  }
  const data::Datasets& datasets = *opened;
  add_misfits(data::misfits(preparation.experiment, datasets, false), "", preparation);
  if (!preparation.problems.empty()) {
    return;
  }
  preparation.warnings = data::warnings(datasets);
  preparation.partition = data::training_partition(preparation.experiment, *datasets.train).spec();
  preparation.plan =
      data::make_plan(preparation.experiment, datasets, preparation.experiment.cluster.workers);
  if (depth == Depth::data) {
    return;
  }
  preparation.worker_program = find_worker_program();
  InspectionResult result = inspect(preparation.worker_program, arguments);
  preparation.inspection = std::move(result.inspection);
  preparation.problems = std::move(result.problems);
  if (preparation.problems.empty() && preparation.inspection.has_batch_norm) {
    check_batch_norm(datasets, preparation);
  }
}

}  // namespace

Preparation prepare(const ExperimentArguments& arguments, Depth depth) {
  Preparation preparation;
  preparation.file = arguments.file;
  load_and_resolve(arguments, preparation);
  if (preparation.problems.empty()) {
    check_data_and_model(arguments, depth, preparation);
  }
  return preparation;
}

int exit_status(const std::vector<Problem>& problems) {
  return problems.empty() ? exit_code::kOk : problems.front().exit_status;
}

}  // namespace muster::coordinator::cli
