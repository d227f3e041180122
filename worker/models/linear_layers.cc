#include "worker/models/linear_layers.h"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/linear.h>

namespace muster::worker {

torch::nn::Sequential linear_layers(std::int64_t inputs, const std::vector<std::int64_t>& hidden,
                                    std::int64_t outputs) {
  torch::nn::Sequential layers;
  for (const std::int64_t width : hidden) {
    layers->push_back(torch::nn::Linear(inputs, width));
    layers->push_back(torch::nn::ReLU());
    inputs = width;
  }
  layers->push_back(torch::nn::Linear(inputs, outputs));
  return layers;
}

}  // namespace muster::worker
