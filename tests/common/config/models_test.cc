// Models and objectives: what their options refuse, and what they say they read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/config/needs.h"
#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Case {
  std::string model;
  std::string complaint;
};

TEST(Models, ImpossibleShapesAreRefused) {
  const std::vector<Case> cases = {
      {"{name: resnet18, input: [3, 28, 28], classes: 10}",
       "2:32: error: model.input must be at least 32 high and wide for stem imagenet, got 28x28 "
       "(stem: small takes images from 8x8)"},
      {"{name: resnet18, input: [3, 64, 7], stem: small, classes: 10}",
       "2:32: error: model.input must be at least 8 high and wide for stem small, got 64x7"},
      {"{name: resnet18, input: [3, 32, 32], stem: big, classes: 10}",
       "2:51: error: model.stem must be imagenet or small, got 'big'"},
      {"{name: gpt, vocabulary: 65, sequence: 32, width: 30, layers: 2, heads: 4}",
       "2:79: error: model.heads must divide model.width (30), got 4"},
      {"{name: gpt, vocabulary: 65, sequence: 32, width: 32, layers: 2, heads: 4, dropout: 1}",
       "2:91: error: model.dropout must be at least 0 and below 1, got 1"},
      {"{name: gpt, vocabulary: 65, sequence: 32, n_embd: 32, width: 32, layers: 2, heads: 4}",
       "2:50: error: unknown key 'n_embd' of model 'gpt' (did you mean 'width'?)"},
      {"{name: gpt, vocabulary: 1, sequence: 32, width: 32, layers: 2, heads: 4}",
       "2:32: error: model.vocabulary must be at least 2 for cross_entropy, got 1"},
      {"{name: recommender, ids: [100], width: 8, outputs: 2}",
       "2:33: error: model.ids must have at least 2 items, got 1"},
      {"{name: recommender, ids: [100, 0], width: 8, outputs: 2}",
       "2:39: error: model.ids[1] must be from 1 to 4294967296, got 0"},
      {"{name: recommender, ids: [100, 50], width: 8}",
       "2:8: error: model.outputs must be at least 2 for cross_entropy, got 1"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_line(2, "model: " + c.model)), ElementsAre(c.complaint)) << c.model;
  }
}

TEST(Models, PossibleOnesPass) {
  for (const std::string model : {
           "{name: resnet18, input: [3, 32, 32], classes: 10}",
           "{name: resnet18, input: [1, 28, 28], stem: small, classes: 10}",
           "{name: gpt, vocabulary: 65, sequence: 32, width: 32, layers: 2, heads: 4}",
           "{name: recommender, ids: [100, 50, 7], width: 8, hidden: [16], outputs: 5}",
       }) {
    EXPECT_THAT(complaints(with_line(2, "model: " + model)), IsEmpty()) << model;
  }
}

/// What the good experiment with this model and objective reads of its data.
std::vector<FieldNeed> needs_with(const std::string& model, const std::string& objective) {
  const LoadResult result =
      parse(with_line(2, "model: " + model), {"objective=" + objective, "data.eval=null"});
  EXPECT_THAT(texts_of(result.diagnostics), IsEmpty());
  return needs_of(result.experiment);
}

TEST(Models, GptReadsTokensAndATargetForEach) {
  const auto needs =
      needs_with("{name: gpt, vocabulary: 65, sequence: 32, width: 8, layers: 1, heads: 1}",
                 "{name: cross_entropy, ignore_index: -100}");
  ASSERT_EQ(needs.size(), 2U);
  const FieldNeed& input = needs[0];
  EXPECT_EQ(input.name, "input");
  EXPECT_EQ(input.kind, FieldNeed::Kind::integers);
  EXPECT_THAT(input.shape, ElementsAre(32));
  ASSERT_EQ(input.ranges.size(), 1U);
  EXPECT_TRUE(input.ranges[0].holds(64));
  EXPECT_FALSE(input.ranges[0].holds(65));
  EXPECT_FALSE(input.ranges[0].holds(-100));

  const FieldNeed& label = needs[1];
  EXPECT_EQ(label.kind, FieldNeed::Kind::integers);
  EXPECT_THAT(label.shape, ElementsAre(32));
  EXPECT_EQ(label.shape_key, "model.sequence");
  ASSERT_EQ(label.ranges.size(), 1U);
  EXPECT_TRUE(label.ranges[0].holds(-100));
  EXPECT_FALSE(label.ranges[0].holds(-1));
  EXPECT_EQ(label.ranges[0].reason, "model.vocabulary is 65, and -100 is ignored");
}

TEST(Models, RecommenderReadsIdsEachInItsOwnRange) {
  const auto needs = needs_with("{name: recommender, ids: [100, 50], width: 8}", "{name: bce}");
  ASSERT_EQ(needs.size(), 2U);
  const FieldNeed& ids = needs[0];
  EXPECT_EQ(ids.name, "ids");
  EXPECT_THAT(ids.shape, ElementsAre(2));
  ASSERT_EQ(ids.ranges.size(), 2U);
  EXPECT_TRUE(ids.ranges[0].holds(99));
  EXPECT_FALSE(ids.ranges[1].holds(50));
  EXPECT_EQ(ids.ranges[1].reason, "model.ids[1] is 50");

  const FieldNeed& label = needs[1];
  EXPECT_EQ(label.kind, FieldNeed::Kind::floats);
  EXPECT_THAT(label.shape, IsEmpty());
  ASSERT_EQ(label.ranges.size(), 1U);
  EXPECT_TRUE(label.ranges[0].holds(0.25));
  EXPECT_FALSE(label.ranges[0].holds(1.5));
}

TEST(Models, SquaredErrorReadsAnyNumberForEachOutput) {
  const auto needs = needs_with("{name: mlp, input: [4], classes: 3}", "{name: mse}");
  ASSERT_EQ(needs.size(), 2U);
  EXPECT_EQ(needs[1].kind, FieldNeed::Kind::floats);
  EXPECT_THAT(needs[1].shape, ElementsAre(3));
  EXPECT_EQ(needs[1].shape_key, "model.classes");
  EXPECT_THAT(needs[1].ranges, IsEmpty());
}

TEST(Models, DataOfAnotherShapeAreRefusedByTheKeyThatSaysIt) {
  const std::string ids = "{ids: {columns: [0, 1, 2], dtype: int64}, label: {columns: [3]}}";
  EXPECT_THAT(
      complaints(with_line(4, "  train: {format: csv, files: [a.csv], fields: " + ids + "}"),
                 {"model={name: recommender, ids: [100, 50], width: 8}", "objective={name: bce}",
                  "data.eval=null"}),
      ElementsAre("4:64: error: data.train.fields.ids.columns must be 2 columns as model.ids "
                  "says, got 3"));
}

}  // namespace
}  // namespace muster::config
