// Weights go to and from the libraries that others know a model from: checkpoints have exactly the
// names and shapes that torchvision and Hugging Face's transformers save. The lists beside this
// file are what these print for their own models: `resnet18(num_classes=10).state_dict()`, and the
// file that `GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=7, n_embd=8, n_layer=2,
// n_head=2)).save_pretrained()` writes (which leaves out the tied lm_head.weight).
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "worker/models/build.h"

namespace muster::worker {
namespace {

/// Name -> shape, "[64, 3, 7, 7]".
using Shapes = std::map<std::string, std::string>;

Shapes shapes_in(const std::string& file) {
  std::ifstream in(std::string(MUSTER_TEST_FOLDER) + "/" + file);
  Shapes shapes;
  std::string name, shape;
  while (in >> name && std::getline(in >> std::ws, shape)) shapes[name] = shape;
  return shapes;
}

Shapes shapes_of(const config::ModelOptions& options) {
  config::Experiment experiment;
  experiment.model.options = options;
  const ModelPointer model = build_model(experiment);
  Shapes shapes;
  const auto add = [&](const std::string& name, const at::Tensor& tensor) {
    std::ostringstream shape;
    for (const std::int64_t size : tensor.sizes()) {
      shape << (shape.tellp() == 0 ? "" : ", ") << size;
    }
    shapes[name] = "[" + shape.str() + "]";
  };
  for (const auto& item : model->named_parameters()) add(item.key(), item.value());
  for (const auto& item : model->named_buffers()) add(item.key(), item.value());
  return shapes;
}

TEST(Names, Resnet18HasThoseOfTorchvision) {
  const Shapes expected = shapes_in("resnet18.torchvision.txt");
  ASSERT_EQ(expected.size(), 122U);
  EXPECT_EQ(shapes_of(config::Resnet18Options{.input = {3, 224, 224}, .classes = 10}), expected);
}

TEST(Names, SmallStemDiffersInTheFirstConvolutionOnly) {
  Shapes expected = shapes_in("resnet18.torchvision.txt");
  expected["conv1.weight"] = "[64, 3, 3, 3]";
  EXPECT_EQ(shapes_of(config::Resnet18Options{
                .input = {3, 32, 32}, .stem = config::ResnetStem::small, .classes = 10}),
            expected);
}

TEST(Names, GptHasThoseOfHuggingFace) {
  const Shapes expected = shapes_in("gpt.huggingface.txt");
  ASSERT_EQ(expected.size(), 28U);
  EXPECT_EQ(shapes_of(config::GptOptions{
                .vocabulary = 11, .sequence = 7, .width = 8, .layers = 2, .heads = 2}),
            expected);
}

}  // namespace
}  // namespace muster::worker
