// Linear layers with ReLU between them. Names: layers.0.weight, layers.0.bias, layers.2.weight, ...
#include <functional>
#include <numeric>

#include "worker/models/linear_layers.h"
#include "worker/models/model.h"

namespace muster::worker {
namespace {

class Mlp : public Model {
 public:
  explicit Mlp(const config::MlpOptions& options)
      : layers_(register_module(
            "layers", linear_layers(std::accumulate(options.input.begin(), options.input.end(),
                                                    std::int64_t{1}, std::multiplies<>()),
                                    options.hidden, options.classes))) {}

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
