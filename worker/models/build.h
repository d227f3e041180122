// The model of an experiment, ready to train: seeded, in the experiment's precision.
#pragma once

#include <ATen/core/Tensor.h>

#include "common/config/experiment.h"
#include "worker/models/model.h"

namespace muster::worker {

/// Seeds torch's generator with the experiment's seed and makes the model: the same bits on every
/// rank. Batch norm gets momentum 1, so that its statistics are those of one pass
/// (gradient_sink.h).
ModelPointer build_model(const config::Experiment& experiment);

/// What build_model does to a model however it was made: precision, batch norm, training mode.
void make_ready(Model& model, config::Precision precision);

at::ScalarType scalar_type_of(config::Precision precision);

}  // namespace muster::worker
