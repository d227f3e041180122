// What every model is to the rest of the worker: a module from a batch of named tensors to an
// output.
//
// A model knows nothing of lanes, workers or precision. Parameter names are those of its
// model.safetensors: change a name and old checkpoints no longer fit.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "common/config/models/models.h"
#include "worker/tensor_batch.h"

namespace muster::worker {

class Model : public torch::nn::Module {
 public:
  /// [samples, positions..., width], as its options' output() says: what the objective understands
  /// (logits [samples, classes] for cross_entropy). Batches have at least one sample.
  virtual at::Tensor forward(const TensorBatch& batch) = 0;
};

using ModelPointer = std::shared_ptr<Model>;

// One line per model: its options say which. Parameters are float32, initialised from torch's
// default generator as it stands.
ModelPointer make_model(const config::MlpOptions& options);
ModelPointer make_model(const config::ConvnetOptions& options);
ModelPointer make_model(const config::Resnet18Options& options);
ModelPointer make_model(const config::GptOptions& options);
ModelPointer make_model(const config::RecommenderOptions& options);

/// The model that an experiment names.
ModelPointer make_model(const config::ModelOptions& options);

}  // namespace muster::worker
