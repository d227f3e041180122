// What every model promises the training: the output that its options announce, gradients for every
// parameter, and the same bits for the same seed.
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/worker/made_batch.h"
#include "worker/models/build.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kSamples = 3;

struct ModelCase {
  std::string name;
  config::ModelOptions options;
};

std::vector<ModelCase> cases() {
  return {
      {"mlp", config::MlpOptions{.input = {3, 8, 8}, .hidden = {5}, .classes = 4}},
      {"convnet", config::ConvnetOptions{.input = {3, 8, 8}, .channels = {5}, .classes = 4}},
      {"resnet18, small",
       config::Resnet18Options{
           .input = {3, 8, 8}, .stem = config::ResnetStem::small, .classes = 4}},
      {"resnet18, imagenet", config::Resnet18Options{.input = {1, 32, 33}, .classes = 4}},
      {"gpt",
       config::GptOptions{
           .vocabulary = 11, .sequence = 7, .width = 8, .layers = 2, .heads = 2, .dropout = 0.3}},
      {"recommender",
       config::RecommenderOptions{.ids = {11, 5}, .width = 4, .hidden = {6}, .outputs = 2}},
  };
}

config::Experiment experiment_of(const config::ModelOptions& options) {
  config::Experiment experiment;
  experiment.model.options = options;
  return experiment;
}

/// Values for everything that the model reads, from a formula.
MadeBatch batch_for(const config::ModelOptions& options) {
  MadeBatch batch(kSamples);
  for (const config::FieldNeed& need :
       std::visit([](const auto& model) { return model.reads(); }, options)) {
    std::vector<std::int64_t> integers;
    std::vector<float> floats;
    for (std::int64_t i = 0; i < kSamples * need.elements(); ++i) {
      integers.push_back((i * i + 3 * i) % 5);
      floats.push_back(std::sin(static_cast<float>(i)));
    }
    if (need.kind == config::FieldNeed::Kind::integers) {
      batch.integers(need.name, need.shape, integers);
    } else {
      batch.floats(need.name, need.shape, floats);
    }
  }
  return batch;
}

/// The bits of a forward and backward pass in training, with torch's generator at `seed`.
std::string bits_of_pass(Model& model, const TensorBatch& batch, std::uint64_t seed) {
  at::manual_seed(seed);
  const at::Tensor output = model.forward(batch);
  for (at::Tensor parameter : model.parameters()) parameter.mutable_grad().reset();
  output.square().sum().backward();
  std::string bits;
  const auto append = [&](const at::Tensor& tensor) {
    const at::Tensor flat = tensor.detach().contiguous();
    bits.append(static_cast<const char*>(flat.const_data_ptr()), flat.nbytes());
  };
  append(output);
  for (const at::Tensor& parameter : model.parameters()) append(parameter.grad());
  return bits;
}

TEST(Models, OutputHasTheShapeThatTheOptionsAnnounce) {
  for (const ModelCase& c : cases()) {
    const ModelPointer model = build_model(experiment_of(c.options));
    const MadeBatch batch = batch_for(c.options);
    const config::ModelOutput output =
        std::visit([](const auto& options) { return options.output(); }, c.options);
    std::vector<std::int64_t> expected{kSamples};
    expected.insert(expected.end(), output.positions.begin(), output.positions.end());
    expected.push_back(output.width);
    EXPECT_EQ(model->forward(batch.tensors()).sizes().vec(), expected) << c.name;
  }
}

TEST(Models, EveryParameterGetsAGradient) {
  for (const ModelCase& c : cases()) {
    const ModelPointer model = build_model(experiment_of(c.options));
    const MadeBatch batch = batch_for(c.options);
    model->forward(batch.tensors()).square().sum().backward();
    for (const auto& parameter : model->named_parameters()) {
      ASSERT_TRUE(parameter->grad().defined()) << c.name << ": " << parameter.key();
      EXPECT_GT(parameter->grad().abs().sum().item<double>(), 0)
          << c.name << ": " << parameter.key();
    }
  }
}

TEST(Models, SameSeedGivesTheSameBitsForwardAndBackward) {
  for (const ModelCase& c : cases()) {
    const ModelPointer model = build_model(experiment_of(c.options));
    const MadeBatch batch = batch_for(c.options);
    const TensorBatch tensors = batch.tensors();
    EXPECT_EQ(bits_of_pass(*model, tensors, 1), bits_of_pass(*model, tensors, 1)) << c.name;
  }
}

TEST(Models, SameExperimentGivesTheSameInitialWeights) {
  for (const ModelCase& c : cases()) {
    const ModelPointer one = build_model(experiment_of(c.options));
    at::manual_seed(99);  // What was drawn before does not matter.
    const ModelPointer other = build_model(experiment_of(c.options));
    for (std::size_t i = 0; i < one->parameters().size(); ++i) {
      EXPECT_TRUE(one->parameters()[i].equal(other->parameters()[i])) << c.name;
    }
  }
}

TEST(Models, DoublePrecisionIsDoubleThroughout) {
  for (const ModelCase& c : cases()) {
    config::Experiment experiment = experiment_of(c.options);
    experiment.precision = config::Precision::fp64;
    const ModelPointer model = build_model(experiment);
    const MadeBatch batch = batch_for(c.options);
    EXPECT_EQ(model->forward(batch.tensors(at::kDouble)).scalar_type(), at::kDouble) << c.name;
  }
}

}  // namespace
}  // namespace muster::worker
