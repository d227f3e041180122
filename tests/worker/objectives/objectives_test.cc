// Losses and metrics against values worked out by hand.
#include <ATen/ops/from_blob.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/worker/made_batch.h"
#include "worker/objectives/objective.h"

namespace muster::worker {
namespace {

at::Tensor tensor(std::vector<float> values, const std::vector<std::int64_t>& shape) {
  return at::from_blob(values.data(), shape, at::kFloat).clone();
}

/// Adds batches and gives the metrics.
class Evaluation {
 public:
  explicit Evaluation(const Objective& objective)
      : objective_(objective),
        sums_(objective.tally_size().sums),
        counts_(objective.tally_size().counts) {}

  Evaluation& add(const at::Tensor& output, const TensorBatch& batch) {
    objective_.add_evaluation(output, batch, {sums_, counts_});
    return *this;
  }
  std::map<std::string, double> metrics() { return objective_.metrics({sums_, counts_}); }

 private:
  const Objective& objective_;
  std::vector<double> sums_;
  std::vector<std::int64_t> counts_;
};

double loss_sum(const Objective& objective, const at::Tensor& output, const TensorBatch& batch) {
  return objective.loss_sum(output, batch).item<double>();
}

/// -log(softmax(logits)[label])
double surprise(const std::vector<double>& logits, std::size_t label) {
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  return std::log(sum) - logits[label];
}

// Two samples of two positions, three classes.
const at::Tensor kLogits = tensor({1, 0, 0, /**/ 0, 3, 0, /**/ 2, 1, 0, /**/ 0, 0, 5}, {2, 2, 3});

TEST(CrossEntropy, SumsOverPositionsAndCountsThem) {
  const ObjectivePointer objective = make_objective(config::CrossEntropyOptions{});
  MadeBatch batch(2);
  batch.integers("label", {2}, {0, 1, 1, 0});
  const TensorBatch tensors = batch.tensors();
  const double expected = surprise({1, 0, 0}, 0) + surprise({0, 3, 0}, 1) + surprise({2, 1, 0}, 1) +
                          surprise({0, 0, 5}, 0);
  EXPECT_NEAR(loss_sum(*objective, kLogits, tensors), expected, 1e-5);
  EXPECT_EQ(objective->targets(tensors), 4);
  const auto metrics = Evaluation(*objective).add(kLogits, tensors).metrics();
  EXPECT_EQ(metrics.at("accuracy"), 0.5);
  EXPECT_NEAR(metrics.at("loss"), expected / 4, 1e-6);
  EXPECT_DOUBLE_EQ(metrics.at("perplexity"), std::exp(metrics.at("loss")));
}

TEST(CrossEntropy, IgnoredTargetsCountNowhere) {
  // -100 is no class; 2 is one, which the last position would have got right.
  for (const std::int64_t ignored : {-100, 2}) {
    const ObjectivePointer objective =
        make_objective(config::CrossEntropyOptions{.ignore_index = ignored});
    MadeBatch batch(2);
    batch.integers("label", {2}, {0, ignored, 1, ignored});
    const TensorBatch tensors = batch.tensors();
    const double expected = surprise({1, 0, 0}, 0) + surprise({2, 1, 0}, 1);
    EXPECT_NEAR(loss_sum(*objective, kLogits, tensors), expected, 1e-5);
    EXPECT_EQ(objective->targets(tensors), 2);
    const auto metrics = Evaluation(*objective).add(kLogits, tensors).metrics();
    EXPECT_EQ(metrics.at("accuracy"), 0.5);
    EXPECT_NEAR(metrics.at("loss"), expected / 2, 1e-6);
  }
}

TEST(CrossEntropy, NothingButIgnoredTargetsIsZeroWithoutMetrics) {
  const ObjectivePointer objective =
      make_objective(config::CrossEntropyOptions{.ignore_index = -1, .label_smoothing = 0.1});
  MadeBatch batch(2);
  batch.integers("label", {2}, {-1, -1, -1, -1});
  const TensorBatch tensors = batch.tensors();
  EXPECT_EQ(loss_sum(*objective, kLogits, tensors), 0);
  EXPECT_EQ(objective->targets(tensors), 0);
  EXPECT_TRUE(Evaluation(*objective).add(kLogits, tensors).metrics().empty());
}

TEST(CrossEntropy, SmoothingIsOfTheTrainingLossOnly) {
  const ObjectivePointer plain = make_objective(config::CrossEntropyOptions{});
  const ObjectivePointer smoothed =
      make_objective(config::CrossEntropyOptions{.ignore_index = {}, .label_smoothing = 0.3});
  MadeBatch batch(1);
  batch.integers("label", {}, {0});
  const TensorBatch tensors = batch.tensors();
  const at::Tensor logits = tensor({2, 1, 0}, {1, 3});
  const double expected =
      0.8 * surprise({2, 1, 0}, 0) + 0.1 * surprise({2, 1, 0}, 1) + 0.1 * surprise({2, 1, 0}, 2);
  EXPECT_NEAR(loss_sum(*smoothed, logits, tensors), expected, 1e-6);
  EXPECT_EQ(Evaluation(*smoothed).add(logits, tensors).metrics(),
            Evaluation(*plain).add(logits, tensors).metrics());
}

TEST(Mse, SumsSquaresOfEveryNumber) {
  const ObjectivePointer objective = make_objective(config::MseOptions{});
  MadeBatch batch(2);
  batch.floats("label", {2}, {1, 2, 3, 4});
  const TensorBatch tensors = batch.tensors();
  const at::Tensor output = tensor({1, 4, 0, 4}, {2, 2});
  EXPECT_EQ(loss_sum(*objective, output, tensors), 4 + 9);
  EXPECT_EQ(objective->targets(tensors), 4);
  EXPECT_EQ(Evaluation(*objective).add(output, tensors).metrics(),
            (std::map<std::string, double>{{"loss", 13.0 / 4}, {"mae", 5.0 / 4}}));
}

// [samples] and [samples, 1] must not become [samples, samples] by broadcasting.
TEST(Mse, OneNumberASampleNeedsNoShape) {
  const ObjectivePointer objective = make_objective(config::MseOptions{});
  MadeBatch batch(3);
  batch.floats("label", {}, {1, 2, 3});
  const TensorBatch tensors = batch.tensors();
  EXPECT_EQ(loss_sum(*objective, tensor({1, 2, 3}, {3, 1}), tensors), 0);
  EXPECT_EQ(objective->targets(tensors), 3);
}

TEST(Bce, LogitsAgainstProbabilities) {
  const ObjectivePointer objective = make_objective(config::BceOptions{});
  MadeBatch batch(4);
  batch.floats("label", {}, {1, 0, 0.75, 0});
  const TensorBatch tensors = batch.tensors();
  const at::Tensor logits = tensor({2, -1, -0.5, 3}, {4, 1});
  const auto cost = [](double logit, double target) {
    const double yes = 1 / (1 + std::exp(-logit));
    return -target * std::log(yes) - (1 - target) * std::log(1 - yes);
  };
  const double expected = cost(2, 1) + cost(-1, 0) + cost(-0.5, 0.75) + cost(3, 0);
  EXPECT_NEAR(loss_sum(*objective, logits, tensors), expected, 1e-6);
  const auto metrics = Evaluation(*objective).add(logits, tensors).metrics();
  EXPECT_NEAR(metrics.at("loss"), expected / 4, 1e-6);
  EXPECT_EQ(metrics.at("accuracy"), 0.5);
  EXPECT_EQ(metrics.at("auc"), 0.5);  // Of four pairs 2 > -1 and -0.5 > -1.
}

TEST(Bce, DivisionIntoBatchesDoesNotChangeTheArea) {
  const ObjectivePointer objective = make_objective(config::BceOptions{});
  MadeBatch whole(4), first(1), rest(3);
  whole.floats("label", {}, {1, 0, 1, 0});
  first.floats("label", {}, {1});
  rest.floats("label", {}, {0, 1, 0});
  const auto at_once =
      Evaluation(*objective).add(tensor({0.1f, 0.2f, 0.3f, -4}, {4, 1}), whole.tensors()).metrics();
  const auto in_parts = Evaluation(*objective)
                            .add(tensor({0.2f, 0.3f, -4}, {3, 1}), rest.tensors())
                            .add(tensor({0.1f}, {1, 1}), first.tensors())
                            .metrics();
  EXPECT_EQ(at_once.at("auc"), 0.75);
  EXPECT_EQ(in_parts.at("auc"), 0.75);
}

TEST(Bce, OneKindOfTargetHasNoArea) {
  const ObjectivePointer objective = make_objective(config::BceOptions{});
  MadeBatch batch(2);
  batch.floats("label", {}, {1, 1});
  const auto metrics =
      Evaluation(*objective).add(tensor({1, -1}, {2, 1}), batch.tensors()).metrics();
  EXPECT_EQ(metrics.count("auc"), 0U);
  EXPECT_EQ(metrics.at("accuracy"), 0.5);
}

}  // namespace
}  // namespace muster::worker
