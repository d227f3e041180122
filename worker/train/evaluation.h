// Evaluation: every sample of a data set exactly once, sums over the same lanes and the same tree
// as in training, so that metrics do not depend on the number of workers either.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "common/config/experiment.h"
#include "data/dataset.h"
#include "worker/objectives/objective.h"
#include "worker/train/arena.h"
#include "worker/train/reporter.h"

namespace muster::worker {

struct EvaluationParts {
  const config::Experiment& experiment;
  comm::Communicator& communicator;
  const std::vector<LaneRange>& lanes_of_rank;
  const data::Dataset& dataset;
  Model& model;
  const Objective& objective;
  Arena& arena;
  Reporter& reporter;
};

/// Metric -> value over the whole data set, the same on every rank; nothing, on every rank, when
/// one was asked to stop meanwhile. Collective. Blocks. The model is in evaluation mode meanwhile
/// and in training mode afterwards.
std::optional<std::map<std::string, double>> evaluate(const EvaluationParts& parts);

}  // namespace muster::worker
