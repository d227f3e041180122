// The weights that a training starts from when its experiment names a file of them (model.init).
#pragma once

#include <functional>
#include <string>

#include "common/checkpoint/safetensors_file.h"
#include "common/config/models/initial_weights.h"
#include "worker/train/arena.h"
#include "worker/train/initial_fit.h"

namespace muster::worker {

/// Whether `file` fits the model that has `tensors`.
InitialFit fit_initial_weights(const config::InitialWeights& initial, const ModelTensors& tensors,
                               const checkpoint::SafetensorsFile& file);

/// Which of the given weights are wanted. Frozen parameters are in no snapshot.
enum class WantedWeights { all, frozen };

/// Reads the file of `initial` (which names one) over the arena's parameters and running
/// statistics, or over the frozen parameters only; what is fresh is left as it is. Other floating
/// types are converted, rounded to nearest even. For one rank of the node. `progressed` is called
/// after every piece. Returns the note of the fit. Blocks. Throws Error{corrupt} when the file is
/// not the one of initial.sha256 (the arena then holds anything), or does not fit.
std::string load_initial_weights(const Arena& arena, const config::InitialWeights& initial,
                                 WantedWeights wanted, const std::function<void()>& progressed);

}  // namespace muster::worker
