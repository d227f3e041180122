// ResNet-18. Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016. Names and
// shapes are torchvision's (conv1.weight, bn1.*, layer1.0.conv1.weight,
// layer2.0.downsample.0.weight, fc.*), so weights go both ways; so is the initialisation.
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>

#include <cmath>

#include "worker/models/model.h"

namespace muster::worker {
namespace {

using torch::nn::BatchNorm2d;

/// Square, without bias, padded so that stride 1 keeps height and width.
class Convolution : public torch::nn::Module {
 public:
  Convolution(std::int64_t in, std::int64_t out, std::int64_t size, std::int64_t stride)
      : stride_(stride), padding_(size / 2) {
    // Kaiming's normal distribution for ReLU, by the number of outputs.
    const double deviation = std::sqrt(2.0 / static_cast<double>(out * size * size));
    weight_ = register_parameter("weight", at::empty({out, in, size, size}).normal_(0, deviation));
  }

  at::Tensor forward(const at::Tensor& image) {  // Sequential wants it not const.
    return at::conv2d(image, weight_, {}, stride_, padding_);
  }

 private:
  std::int64_t stride_;
  std::int64_t padding_;
  at::Tensor weight_;  // [out, in, size, size]
};

/// Two 3x3 convolutions and a way around them.
class Block : public torch::nn::Module {
 public:
  Block(std::int64_t in, std::int64_t out, std::int64_t stride) {
    conv1_ = register_module("conv1", std::make_shared<Convolution>(in, out, 3, stride));
    bn1_ = register_module("bn1", BatchNorm2d(out));
    conv2_ = register_module("conv2", std::make_shared<Convolution>(out, out, 3, 1));
    bn2_ = register_module("bn2", BatchNorm2d(out));
    if (stride == 1 && in == out) return;
    downsample_ = register_module(
        "downsample",
        torch::nn::Sequential(std::make_shared<Convolution>(in, out, 1, stride), BatchNorm2d(out)));
  }

  // Batch norm's gradient does not need its output: ReLU and sum overwrite it.
  at::Tensor forward(const at::Tensor& image) {
    at::Tensor out = bn1_->forward(conv1_->forward(image));
    at::relu_(out);
    out = bn2_->forward(conv2_->forward(out));
    out.add_(downsample_.is_empty() ? image : downsample_->forward(image));
    return at::relu_(out);
  }

 private:
  std::shared_ptr<Convolution> conv1_, conv2_;
  BatchNorm2d bn1_{nullptr}, bn2_{nullptr};
  torch::nn::Sequential downsample_{nullptr};
};

class Resnet18 : public Model {
 public:
  explicit Resnet18(const config::Resnet18Options& options)
      : input_(options.input), small_(options.stem == config::ResnetStem::small) {
    constexpr std::int64_t kWidth = 64;  // Of the stem and the first layer.
    conv1_ =
        register_module("conv1", small_ ? std::make_shared<Convolution>(input_[0], kWidth, 3, 1)
                                        : std::make_shared<Convolution>(input_[0], kWidth, 7, 2));
    bn1_ = register_module("bn1", BatchNorm2d(kWidth));
    std::int64_t in = kWidth;
    for (int layer = 1; layer <= 4; ++layer) {
      const std::int64_t out = kWidth << (layer - 1);
      layers_.push_back(register_module(
          "layer" + std::to_string(layer),
          torch::nn::Sequential(std::make_shared<Block>(in, out, layer == 1 ? 1 : 2),
                                std::make_shared<Block>(out, out, 1))));
      in = out;
    }
    fc_ = register_module("fc", torch::nn::Linear(in, options.classes));
  }

  at::Tensor forward(const TensorBatch& batch) override {
    at::Tensor image = batch["input"].view({batch.samples(), input_[0], input_[1], input_[2]});
    image = bn1_->forward(conv1_->forward(image));
    at::relu_(image);
    if (!small_) image = at::max_pool2d(image, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
    for (torch::nn::Sequential& layer : layers_) image = layer->forward(image);
    return fc_->forward(image.mean({2, 3}));  // [samples, classes]
  }

 private:
  std::vector<std::int64_t> input_;  // [channels, height, width]
  bool small_;
  std::shared_ptr<Convolution> conv1_;
  BatchNorm2d bn1_{nullptr};
  std::vector<torch::nn::Sequential> layers_;
  torch::nn::Linear fc_{nullptr};
};

}  // namespace

ModelPointer make_model(const config::Resnet18Options& options) {
  return std::make_shared<Resnet18>(options);
}

}  // namespace muster::worker
