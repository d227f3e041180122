// Which file a training's first weights are from: its contents decide the bits, its path does not.
// Part of the resolved experiment is therefore the file's hash, and whoever reads it compares.
#pragma once

#include <functional>
#include <string>

#include "common/config/experiment.h"

namespace muster::checkpoint {

/// Reads the file that model.init names (if it names one) as strictly as any checkpoint, and sets
/// model.init_sha256; one that is set already must be the file's. `progressed` (may be empty) is
/// called after every piece. Blocks: all of the file is read. Throws Error{corrupt}, beginning with
/// "model.init: ", when it cannot be read, is no safetensors file, or has another hash.
void identify_initial_weights(config::Experiment& experiment,
                              const std::function<void()>& progressed = {});

/// Throws Error{corrupt} with both hashes when `found`, the SHA-256 of the file, is not what the
/// experiment says. `hint`: what would be right.
void require_same_weights(const config::InitialWeights& initial, const std::string& found,
                          const std::string& hint);

}  // namespace muster::checkpoint
