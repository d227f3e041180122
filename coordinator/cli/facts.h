// The sentences about an experiment and its world that `run`, `plan` and `validate` have in common.
// Pure.
#pragma once

#include <string>

#include "coordinator/cli/preparation.h"

namespace muster::coordinator::cli {

/// "convnet, 19,466 parameters in fp32", with how many are trained when some are frozen.
std::string model_sentence(const Preparation& preparation);

/// "1,437 training samples, 360 for evaluation"
std::string data_sentence(const Preparation& preparation);

/// "2 workers x 1 thread, mpirun on this machine"
std::string world_sentence(const Preparation& preparation);

/// "128 samples a step in 4 lanes, 2 for a worker"
std::string batch_sentence(const Preparation& preparation);

/// "120 steps, 12 to an epoch; adamw, cosine schedule"
std::string training_sentence(const Preparation& preparation);

/// Why batch.lanes should be written down, when it was not; else empty.
std::string lanes_note(const Preparation& preparation);

/// The name that stands for the alternative of a variant of options ("adamw").
template <class Variant>
std::string name_of(const Variant& options) {
  return std::visit([](const auto& alternative) { return std::string(alternative.kName); },
                    options);
}

}  // namespace muster::coordinator::cli
