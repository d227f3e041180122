// Whether a file of given weights (model.init) fits a model: pure, on names, types and shapes
// alone, so that it is known before anything is made.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/checkpoint/safetensors_header.h"
#include "common/config/models/initial_weights.h"
#include "worker/train/key_complaint.h"

namespace muster::worker {

/// A parameter or a running statistic of the model.
struct InitialTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

struct InitialFit {
  std::set<std::string> given;  // Tensors of the model that are to be read from the file.
  std::vector<KeyComplaint> complaints;
  /// What the user should know of tensors of the file that the model lacks; empty without any.
  std::string note;
};

/// `initial` names the file that has `in_file`. `counters`: names of the model's batch norm
/// counters, which are not read. Every tensor of the model that no pattern of model.fresh matches
/// must be in the file, of a floating type and with its shape; every pattern must match something.
InitialFit fit_initial_weights(const config::InitialWeights& initial,
                               const std::vector<InitialTensor>& of_model,
                               const std::vector<std::string>& counters,
                               std::span<const checkpoint::TensorEntry> in_file);

}  // namespace muster::worker
