// Unknown and missing keys, and sections that a name picks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;

struct Case {
  std::size_t line;
  std::string text;
  std::string expected;
};

TEST(Keys, UnknownOnesComeWithASuggestion) {
  const std::vector<Case> cases = {
      {9, "bacth: 1", "9:1: error: unknown key 'bacth' (did you mean 'batch'?)"},
      {9, "cluster: {worker: 2}",
       "9:11: error: unknown key 'worker' in 'cluster' (did you mean 'workers'?)"},
      // Names of other frameworks, and keys that stand elsewhere.
      {9, "learning_rate: 1",
       "9:1: error: unknown key 'learning_rate' (did you mean 'optimizer.lr'?)"},
      {9, "lr: 1", "9:1: error: unknown key 'lr' (did you mean 'optimizer.lr'?)"},
      {9, "epochs: 10", "9:1: error: unknown key 'epochs' (did you mean 'duration'?)"},
      {9, "batch_size: 10", "9:1: error: unknown key 'batch_size' (did you mean 'batch.global'?)"},
      {9, "workers: 10", "9:1: error: unknown key 'workers' (did you mean 'cluster.workers'?)"},
      {9, "gradient: {seed: 1}",
       "9:12: error: unknown key 'seed' in 'gradient' (it stands at the top, outside of all "
       "sections)"},
      {9, "gradient: {zzzzzz: 1}",
       "9:12: error: unknown key 'zzzzzz' in 'gradient' (keys here: clip_norm, on_not_finite, "
       "skip_at_most)"},
      {7, "optimizer: {name: adamw, lr: 1, learning_rat: 1}",
       "7:33: error: unknown key 'learning_rat' of optimizer 'adamw' (did you mean 'lr'?)"},
      {4, "  train: {format: csv, file: [a.csv], files: [b.csv], label: -1}",
       "4:24: error: unknown key 'file' of data.train 'csv' (did you mean 'files'?)"},
      {3, "data:\n  test: {}", "4:3: error: unknown key 'test' in 'data' (did you mean 'eval'?)"},
      {7, "optimizer: {name: sgd, lr: 1, groups: [{match: a, frozen: true}]}",
       "7:51: error: unknown key 'frozen' in 'optimizer.groups[0]' (did you mean 'freeze'?)"},
      {7, "optimizer: {name: sgd, lr: 1, groups: [{match: a, requires_grad: false}]}",
       "7:51: error: unknown key 'requires_grad' in 'optimizer.groups[0]' ('requires_grad: false' "
       "is 'freeze: true')"},
      {9, "objective: {name: cross_entropy, weight: 1}",
       "9:34: error: unknown key 'weight' of objective 'cross_entropy' (did you mean "
       "'optimizer.weight_decay'?)"},
      {2, "model: {name: mlp, input: [64], channels: [3], classes: 10}",
       "2:33: error: unknown key 'channels' of model 'mlp' (it is a key of 'convnet')"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_line(c.line, c.text)), ElementsAre(c.expected)) << c.text;
  }
}

TEST(Keys, MissingOnesComeWithAnExample) {
  const std::vector<Case> cases = {
      {8, "", "1:1: error: missing key 'duration' (for example 'duration: 10ep')"},
      {6, "batch: {}", "6:8: error: missing key 'batch.global' (for example 'global: 128')"},
      {6, "batch:", "6:1: error: missing key 'batch.global' (for example 'global: 128')"},
      {7, "optimizer: {name: adamw}",
       "7:12: error: missing key 'optimizer.lr' (for example 'lr: 1e-3')"},
      {7, "optimizer:",
       "7:1: error: optimizer has no value (for example 'optimizer: {name: adamw, lr: 1e-3}')"},
      {4, "  train: {format: csv, files: [a.csv]}",
       "4:10: error: data.train.label is missing: the column of the label ('label: -1' is the last "
       "column; 'fields' names every column)"},
      {2, "model: {name: convnet, input: [1, 8, 8], classes: 10}",
       "2:8: error: missing key 'model.channels' (for example 'channels: [32, 64]')"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_line(c.line, c.text)), ElementsAre(c.expected)) << c.text;
  }
}

TEST(Keys, ANameMustBeOneThatExists) {
  const std::string models = "mlp, convnet, resnet18, gpt or recommender";
  const std::vector<Case> cases = {
      {2, "model: {name: convnett}",
       "2:15: error: model.name must be " + models + ", got 'convnett' (did you mean 'convnet'?)"},
      {2, "model: {input: [64], classes: 10}",
       "2:8: error: model.name is missing (it must be " + models + ")"},
      {2, "model: {name: }", "2:9: error: model.name must be " + models + ", got nothing"},
      {2, "model: mlp", "2:8: error: model must be a section, got 'mlp' (write {name: mlp, ...})"},
      {2, "model: [mlp]",
       "2:8: error: model must be a section, got a list (write its keys below it, or {key: "
       "value})"},
      {4, "  train: {format: cvs, files: [a.csv], label: -1}",
       "4:19: error: data.train.format must be csv, idx, tokens or synthetic, got 'cvs' (did you "
       "mean 'csv'?)"},
      {9, "lr_scheduler: {name: sine}",
       "9:22: error: lr_scheduler.name must be constant, cosine, linear or step, got 'sine' (did "
       "you mean 'cosine'?)"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_line(c.line, c.text)), ElementsAre(c.expected)) << c.text;
  }
}

TEST(Keys, WithoutANameADefaultIsTaken) {
  const LoadResult result = parse(with_line(10, "lr_scheduler: {warmup: 10steps}\nobjective:"));
  ASSERT_TRUE(result.diagnostics.empty()) << result.diagnostics[0].text();
  const auto& schedule = std::get<ConstantOptions>(result.experiment.lr_scheduler);
  EXPECT_EQ(schedule.warmup.duration, (Duration{10, Duration::Unit::steps}));
}

}  // namespace
}  // namespace muster::config
