// A small convolutional network. Names: features.0.weight (convolution), features.1.* (batch norm),
// then the next block; classifier.weight, classifier.bias.
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/pooling.h>

#include "worker/models/model.h"

namespace muster::worker {
namespace {

class Convnet : public Model {
 public:
  explicit Convnet(const config::ConvnetOptions& options) : input_(options.input) {
    std::int64_t in = input_[0], height = input_[1], width = input_[2];
    for (const std::int64_t out : options.channels) {
      features_->push_back(
          torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, 3).padding(1).bias(false)));
      features_->push_back(torch::nn::BatchNorm2d(out));
      features_->push_back(torch::nn::ReLU());
      if (height >= 2 && width >= 2) {
        features_->push_back(torch::nn::MaxPool2d(2));
        height /= 2;
        width /= 2;
      }
      in = out;
    }
    register_module("features", features_);
    classifier_ =
        register_module("classifier", torch::nn::Linear(in * height * width, options.classes));
  }

  at::Tensor forward(const TensorBatch& batch) override {
    const at::Tensor image =
        batch["input"].view({batch.samples(), input_[0], input_[1], input_[2]});
    return classifier_->forward(features_->forward(image).flatten(1));  // [samples, classes]
  }

 private:
  std::vector<std::int64_t> input_;  // [channels, height, width]
  torch::nn::Sequential features_;
  torch::nn::Linear classifier_{nullptr};
};

}  // namespace

ModelPointer make_model(const config::ConvnetOptions& options) {
  return std::make_shared<Convnet>(options);
}

}  // namespace muster::worker
