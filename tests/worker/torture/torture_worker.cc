// A direct launch with a model that uses everything in which the bits could come to depend on the
// number of workers: convolution, batch norm, dropout, an embedding tied to the head, a layer that
// most lanes do not use, micro batches inside a lane, a short last batch that leaves lanes empty,
// clipping.
//
// Usage: torture_worker LANES RANKS_PER_NODE FOLDER   (0: ranks on a host are a node)
// Trains, writes checkpoints below FOLDER, and rank 0 prints the SHA-256 of the final weights.
#include <ATen/Context.h>
#include <ATen/ops/relu.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "comm/mpi/mpi_world.h"
#include "common/config/resolve.h"
#include "common/error.h"
#include "data/planning/planning.h"
#include "worker/models/build.h"
#include "worker/program/numerics.h"
#include "worker/program/process.h"
#include "worker/train/trainer.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kSamples = 3 * 48 + 3;  // The last step of an epoch has three samples.
constexpr std::int64_t kClasses = 10;

class Torture : public Model {
 public:
  Torture() {
    convolution_ = register_module("convolution",
                                   torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 4, 3).padding(1)));
    norm_ = register_module("norm", torch::nn::BatchNorm2d(4));
    body_ = register_module("body", torch::nn::Linear(4 * 64, 16));
    seldom_ = register_module("seldom", torch::nn::Linear(16, 16));
    table_ = register_module("table", torch::nn::Embedding(kClasses, 16));
    dropout_ = register_module("dropout", torch::nn::Dropout(0.3));
    register_parameter("head", table_->weight);
  }

  at::Tensor forward(const TensorBatch& batch) override {
    const at::Tensor image = batch["input"].view({batch.samples(), 1, 8, 8});
    at::Tensor hidden = at::relu(norm_->forward(convolution_->forward(image))).flatten(1);
    hidden = dropout_->forward(body_->forward(hidden)) + table_->forward(batch["neighbour"]);
    if (batch["label"][0].item<std::int64_t>() == 0) hidden = hidden + seldom_->forward(hidden);
    return dropout_->forward(hidden).matmul(table_->weight.t());  // [samples, classes]
  }

 private:
  torch::nn::Conv2d convolution_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
  torch::nn::Linear body_{nullptr}, seldom_{nullptr};
  torch::nn::Embedding table_{nullptr};
  torch::nn::Dropout dropout_{nullptr};
};

/// Samples from a formula.
class Formula : public data::Dataset {
 public:
  std::int64_t size() const override { return kSamples; }
  const std::vector<data::FieldSpec>& fields() const override { return fields_; }
  const data::Manifest& manifest() const override { return manifest_; }
  data::Batch read(std::span<const std::int64_t> indices) const override {
    data::Batch batch = data::make_batch(fields_, static_cast<std::int64_t>(indices.size()));
    auto* input = reinterpret_cast<float*>(batch.fields[0].values.data());
    auto* label = reinterpret_cast<std::int64_t*>(batch.fields[1].values.data());
    auto* neighbour = reinterpret_cast<std::int64_t*>(batch.fields[2].values.data());
    for (const std::int64_t index : indices) {
      for (std::int64_t i = 0; i < 64; ++i) {
        *input++ = static_cast<float>((index * 37 + i * i * 11) % 101) / 101.0f;
      }
      *label++ = index % kClasses;
      *neighbour++ = (index * 7 + 3) % kClasses;
    }
    return batch;
  }

 private:
  std::vector<data::FieldSpec> fields_ = {{"input", DType::float32, {64}},
                                          {"label", DType::int64, {}},
                                          {"neighbour", DType::int64, {}}};
  data::Manifest manifest_;
};

class Silent : public Reporter {
 public:
  void phase(wire::Phase) override {}
  void step_completed(std::int64_t) override {}
  void progressed() override {}
  void restored(std::int64_t, const std::string&) override {}
  void checkpoint_failed(const wire::CheckpointFailed&) override {}
  void remark(const std::string&) override {}
  void metrics(const wire::MetricsLine&) override {}
  void checkpoint_written(const wire::CheckpointWritten&) override {}
  void finished(const wire::Finished&) override {}
  bool stop_requested() const override { return false; }
  bool is_alone() const override { return false; }
};

config::Experiment experiment_of(std::int64_t lanes, int ranks_per_node) {
  config::Experiment experiment;
  experiment.model.options = config::MlpOptions{{64}, {}, kClasses};  // Not used; its output is.
  experiment.batch = {.global = 48, .lanes = lanes, .micro = 2};
  config::AdamwOptions adamw;
  adamw.lr = 1e-2;
  experiment.optimizer = adamw;
  experiment.gradient.clip_norm = 0.5;
  experiment.duration = {2, Duration::Unit::epochs};
  experiment.metrics.interval = {1, Duration::Unit::epochs};
  experiment.eval.batch = 48;
  if (ranks_per_node > 0) experiment.comm.ranks_per_node = ranks_per_node;
  experiment.comm.timeout = std::chrono::seconds(30);
  return experiment;
}

int run(std::int64_t lanes, int ranks_per_node, const std::filesystem::path& folder) {
  comm::MpiWorld world;
  config::Experiment experiment = experiment_of(lanes, ranks_per_node);
  const auto communicator = world.make_communicator(
      {.ranks_per_node = experiment.comm.ranks_per_node, .timeout = experiment.comm.timeout});
  config::resolve(experiment, {.workers = world.rank().count}, "torture");
  set_numerics(experiment);
  at::manual_seed(5);
  const ModelPointer model = std::make_shared<Torture>();
  make_ready(*model, experiment.precision);

  const Formula samples;
  run::Plan plan;
  plan.lanes = lanes;
  const run::RunDirectory run(folder);
  if (world.rank().index == 0) std::filesystem::create_directories(folder / "checkpoints");
  Silent reporter;
  const wire::Finished result = train({.experiment = experiment,
                                       .plan = plan,
                                       .run = run,
                                       .communicator = *communicator,
                                       .train = samples,
                                       .eval = &samples,
                                       .model = *model,
                                       .reporter = reporter});
  if (world.rank().index == 0) std::cout << result.model_sha256 << '\n';
  return 0;
}

}  // namespace
}  // namespace muster::worker

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  muster::worker::die_with_parent();
  try {
    return muster::worker::run(std::atoll(argv[1]), std::atoi(argv[2]), argv[3]);
  } catch (const std::exception& error) {
    std::cerr << muster::worker::error_text(error) << '\n';
    std::_Exit(1);  // The other ranks are not waited for.
  }
}
