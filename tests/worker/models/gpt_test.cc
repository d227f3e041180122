// What makes a gpt a gpt: it does not look ahead, its dropout is that of the generator, its initial
// weights have GPT-2's spread.
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/worker/made_batch.h"
#include "worker/models/build.h"

namespace muster::worker {
namespace {

ModelPointer make_gpt(double dropout, std::int64_t width = 8) {
  config::Experiment experiment;
  experiment.model.options = config::GptOptions{
      .vocabulary = 11, .sequence = 5, .width = width, .layers = 2, .heads = 2, .dropout = dropout};
  return build_model(experiment);
}

at::Tensor logits_of(Model& model, const std::vector<std::int64_t>& tokens) {
  const at::NoGradGuard no_grad;
  MadeBatch batch(1);
  batch.integers("input", {5}, tokens);
  return model.forward(batch.tensors())[0];  // [5, 11]
}

TEST(Gpt, ATokenChangesNothingBeforeItself) {
  const ModelPointer gpt = make_gpt(0);
  const at::Tensor before = logits_of(*gpt, {1, 2, 3, 4, 5});
  const at::Tensor after = logits_of(*gpt, {1, 2, 3, 9, 5});
  EXPECT_TRUE(before.narrow(0, 0, 3).equal(after.narrow(0, 0, 3)));
  EXPECT_FALSE(before[3].equal(after[3]));
  EXPECT_FALSE(before[4].equal(after[4]));
}

TEST(Gpt, TheSameTokenAtAnotherPositionIsAnotherInput) {
  const at::Tensor logits = logits_of(*make_gpt(0), {7, 7, 7, 7, 7});
  EXPECT_FALSE(logits[0].equal(logits[1]));
}

TEST(Gpt, DropoutFollowsTheGeneratorInTrainingAndIsOffInEvaluation) {
  const ModelPointer gpt = make_gpt(0.5);
  const auto logits_at = [&](std::uint64_t seed) {
    at::manual_seed(seed);
    return logits_of(*gpt, {1, 2, 3, 4, 5});
  };
  EXPECT_TRUE(logits_at(1).equal(logits_at(1)));
  EXPECT_FALSE(logits_at(1).equal(logits_at(2)));
  gpt->eval();
  EXPECT_TRUE(logits_at(1).equal(logits_at(2)));
}

TEST(Gpt, InitialWeightsHaveTheSpreadOfGpt2) {
  const ModelPointer gpt = make_gpt(0, 128);
  for (const auto& parameter : gpt->named_parameters()) {
    const std::string& name = parameter.key();
    const at::Tensor& values = parameter.value();
    if (name.find("ln_") != std::string::npos || name.ends_with("bias")) {
      const double constant = name.ends_with("weight") ? 1 : 0;
      EXPECT_TRUE(values.eq(constant).all().item<bool>()) << name;
      continue;
    }
    const double deviation = name.ends_with("c_proj.weight") ? 0.02 / std::sqrt(4) : 0.02;
    EXPECT_NEAR(values.std().item<double>(), deviation, 0.1 * deviation) << name;
    EXPECT_NEAR(values.mean().item<double>(), 0, 0.2 * deviation) << name;
  }
}

}  // namespace
}  // namespace muster::worker
