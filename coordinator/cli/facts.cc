#include "coordinator/cli/facts.h"

#include <algorithm>

#include "common/text.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli {

std::string model_sentence(const Preparation& preparation) {
  const bool is_double = preparation.experiment.precision == config::Precision::fp64;
  const run::Inspection& inspection = preparation.inspection;
  const std::string trained =
      inspection.frozen_count > 0
          ? concat(" (", with_thousands(inspection.parameter_count - inspection.frozen_count),
                   " trained, ", with_thousands(inspection.frozen_count), " frozen)")
          : "";
  return concat(name_of(preparation.experiment.model.options), ", ",
                counted(inspection.parameter_count, "parameter"), trained, " in ",
                is_double ? "fp64" : "fp32");
}

std::string data_sentence(const Preparation& preparation) {
  const std::string train = counted(preparation.plan.train_samples, "training sample");
  return preparation.plan.eval_samples > 0
             ? concat(train, ", ", with_thousands(preparation.plan.eval_samples), " for evaluation")
             : concat(train, ", no evaluation");
}

std::string world_sentence(const Preparation& preparation) {
  const config::Experiment& experiment = preparation.experiment;
  const std::string nodes = experiment.comm.ranks_per_node
                                ? concat(", ", *experiment.comm.ranks_per_node, " to a node")
                                : "";
  return concat(counted(preparation.plan.workers, "worker"), " x ",
                counted(experiment.threads, "thread"), nodes, ", mpirun on this machine");
}

std::string batch_sentence(const Preparation& preparation) {
  const run::Plan& plan = preparation.plan;
  std::int64_t most = 0;
  for (const LaneRange& lanes : plan.lanes_of_worker) {
    most = std::max(most, lanes.size());
  }
  const bool is_even = most * plan.workers == plan.lanes;
  return concat(counted(preparation.experiment.batch.global, "sample"), " a step in ",
                counted(plan.lanes, "lane"), is_even ? ", " : ", up to ", most, " for a worker");
}

std::string training_sentence(const Preparation& preparation) {
  const run::Plan& plan = preparation.plan;
  return concat(counted(plan.total_steps, "step"), ", ", with_thousands(plan.steps_per_epoch),
                " to an epoch; ", name_of(preparation.experiment.optimizer), ", ",
                name_of(preparation.experiment.lr_scheduler), " schedule");
}

std::string lanes_note(const Preparation& preparation) {
  if (preparation.lanes_were_set) {
    return "";
  }
  const std::int64_t lanes = preparation.plan.lanes;
  return concat("batch.lanes is not set, so it is the number of workers, ", lanes,
                ". Write batch.lanes: ", lanes,
                " into the experiment to get the same bits with other numbers of workers");
}

}  // namespace muster::coordinator::cli
