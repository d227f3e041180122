// What is worked out before a launch from an experiment and its data: shared by `muster` and by
// direct launches of the worker, so that both refuse the same mistakes and write the same plan.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/run/plan.h"
#include "data/dataset.h"
#include "data/partition.h"

namespace muster::data {

struct Datasets {
  std::unique_ptr<Dataset> train;
  std::unique_ptr<Dataset> eval;  // Null when the experiment has none.
};

/// Opens and checks the experiment's data. Labels must fit the model's classes. With `plan`, the
/// files must be those of its manifests. Throws Error{corrupt}, naming file and line.
Datasets open_datasets(const config::Experiment& experiment, const run::Plan* plan = nullptr);

/// Why these data do not fit this experiment: sizes that are not the model's, evaluation data with
/// other columns than the training's, a short last batch that batch norm cannot use. One text each,
/// beginning with the key to change; empty when they fit. `has_batch_norm`: from the worker's
/// inspection. The experiment is resolved.
std::vector<std::string> misfits(const config::Experiment& experiment, const Datasets& datasets,
                                 bool has_batch_norm);

/// What the user should know about data that can be used: bad records that were left out, how many
/// and the first few; synthetic evaluation data that are training data. One text each.
std::vector<std::string> warnings(const config::Experiment& experiment, const Datasets& datasets);

/// The partition of the training data. The experiment is resolved.
Partition training_partition(const config::Experiment& experiment, const Dataset& train);

/// Stands for the contents of the data in hashes of the experiment. `eval` may be null.
std::string manifest_hash(const Dataset& train, const Dataset* eval);

/// The plan of a first launch with `workers` workers, without a launch command. The experiment is
/// resolved.
run::Plan make_plan(const config::Experiment& experiment, const Datasets& datasets, int workers);

}  // namespace muster::data
