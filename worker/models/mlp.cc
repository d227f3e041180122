// Linear layers with ReLU between them. Names: layers.0.weight, layers.0.bias, layers.2.weight, ...
// (a ReLU takes a number, as in torch.nn.Sequential).
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <functional>
#include <numeric>

#include "worker/models/model.h"

namespace muster::worker {
namespace {

class Mlp : public Model {
 public:
  explicit Mlp(const config::MlpOptions& options) {
    std::int64_t width = std::accumulate(options.input.begin(), options.input.end(),
                                         std::int64_t{1}, std::multiplies<>());
    for (const std::int64_t hidden : options.hidden) {
      layers_->push_back(torch::nn::Linear(width, hidden));
      layers_->push_back(torch::nn::ReLU());
      width = hidden;
    }
    layers_->push_back(torch::nn::Linear(width, options.classes));
    register_module("layers", layers_);
  }

  at::Tensor forward(const TensorBatch& batch) override {
    return layers_->forward(batch["input"].flatten(1));  // [samples, classes]
  }

 private:
  torch::nn::Sequential layers_;
};

}  // namespace

ModelPointer make_model(const config::MlpOptions& options) {
  return std::make_shared<Mlp>(options);
}

}  // namespace muster::worker
