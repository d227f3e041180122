// The data of an experiment against what its model and objective read, as far as that can be judged
// without opening files.
#pragma once

#include "common/config/experiment.h"
#include "common/config/reader.h"

namespace muster::config {

void check_formats(const Experiment& experiment, const Check& check);

}  // namespace muster::config
