// All that an experiment's model and objective read of its data.
#pragma once

#include <vector>

#include "common/config/experiment.h"
#include "common/config/field_need.h"

namespace muster::config {

/// The model's needs, then the objective's. The experiment need not be resolved.
std::vector<FieldNeed> needs_of(const Experiment& experiment);

ModelOutput output_of(const Model& model);

}  // namespace muster::config
