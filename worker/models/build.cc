#include "worker/models/build.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <torch/nn/modules/batchnorm.h>

namespace muster::worker {
namespace {

template <class BatchNorm>
void keep_one_pass(torch::nn::Module& module) {
  if (auto* norm = module.as<BatchNorm>()) norm->options.momentum(1.0);
}

/// Module::to() would convert the integers, too.
void convert_floating_point(Model& model, at::ScalarType type) {
  at::NoGradGuard no_grad;
  const auto convert = [&](at::Tensor tensor) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(type));
  };
  for (const at::Tensor& parameter : model.parameters()) convert(parameter);
  for (const at::Tensor& buffer : model.buffers()) convert(buffer);
}

}  // namespace

ModelPointer build_model(const config::Experiment& experiment) {
  at::manual_seed(static_cast<std::uint64_t>(experiment.seed));
  ModelPointer model = make_model(experiment.model.options);
  make_ready(*model, experiment.precision);
  return model;
}

void make_ready(Model& model, config::Precision precision) {
  convert_floating_point(model, scalar_type_of(precision));
  for (const auto& module : model.modules()) {
    keep_one_pass<torch::nn::BatchNorm1dImpl>(*module);
    keep_one_pass<torch::nn::BatchNorm2dImpl>(*module);
    keep_one_pass<torch::nn::BatchNorm3dImpl>(*module);
  }
  model.train();
}

at::ScalarType scalar_type_of(config::Precision precision) {
  return precision == config::Precision::fp64 ? at::kDouble : at::kFloat;
}

}  // namespace muster::worker
