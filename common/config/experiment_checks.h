// Combinations of keys of an experiment that can be judged without the data and the machine.
#pragma once

#include "common/config/experiment.h"
#include "common/config/reader.h"

namespace muster::config {

void check_batch(const Batch& batch, const Check& check);
void check_cluster(const Cluster& cluster, const Check& check);
void check_experiment(const Experiment& experiment, const Check& check);

/// Samples of the largest lane: ceil(global / lanes).
std::int64_t samples_per_lane(std::int64_t global, std::int64_t lanes);

}  // namespace muster::config
