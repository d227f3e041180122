// What `muster explain` has to say, and that the schema is complete enough to say it.
#include "common/config/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/config/catalog.h"
#include "common/config/writer.h"
#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> keys_of(const std::string& key) {
  std::vector<std::string> keys;
  for (const Explanation& explanation : explain(key)) keys.push_back(explanation.key);
  return keys;
}

TEST(Explain, AKeySaysWhatItMeans) {
  const std::vector<Explanation> explanations = explain("optimizer[adamw].lr");
  ASSERT_EQ(explanations.size(), 1U);
  const Explanation& lr = explanations[0];
  EXPECT_EQ(lr.key, "optimizer[adamw].lr");
  EXPECT_EQ(lr.type, "number");
  EXPECT_EQ(lr.range, "above 0");
  EXPECT_EQ(lr.fallback, "required");
  EXPECT_EQ(
      lr.meaning,
      "Peak learning rate: lr_scheduler multiplies it by a factor from 0 to 1 at every step.");
}

TEST(Explain, DefaultsAreThoseOfTheStructs) {
  const auto fallback = [](const std::string& key) { return explain(key).at(0).fallback; };
  EXPECT_EQ(fallback("optimizer.betas"), "[0.9, 0.999]");
  EXPECT_EQ(fallback("optimizer.weight_decay"), "0.01");
  EXPECT_EQ(fallback("eval.interval"), "1ep");
  EXPECT_EQ(fallback("comm.timeout"), "10min");
  EXPECT_EQ(fallback("precision"), "fp32");
  EXPECT_EQ(fallback("checkpoint.initial"), "false");
  EXPECT_EQ(fallback("lr_scheduler"), "constant");
  EXPECT_EQ(fallback("batch.lanes"), "the number of workers of the first launch");
}

TEST(Explain, ASectionComesBeforeItsKeys) {
  EXPECT_THAT(keys_of("batch"), ElementsAre("batch", "batch.global", "batch.lanes", "batch.micro"));
  std::vector<std::string> first_keys = keys_of("model");
  first_keys.resize(11);
  EXPECT_THAT(first_keys, ElementsAre("model", "model.name", "model[mlp]", "model[mlp].input",
                                      "model[mlp].hidden", "model[mlp].classes", "model[mlp].init",
                                      "model[mlp].init_sha256", "model[mlp].fresh",
                                      "model[convnet]", "model[convnet].input"));
}

TEST(Explain, AlternativesCanBeNamedOrLeftOut) {
  EXPECT_THAT(keys_of("model.channels"), ElementsAre("model[convnet].channels"));
  EXPECT_THAT(keys_of("model.input"),
              ElementsAre("model[mlp].input", "model[convnet].input", "model[resnet18].input"));
  EXPECT_THAT(keys_of("model[mlp].input"), ElementsAre("model[mlp].input"));
  EXPECT_THAT(keys_of("optimizer[sgd].groups[0].lr_scale"),
              ElementsAre("optimizer[sgd].groups[].lr_scale"));
  EXPECT_THAT(keys_of("optimizer.groups.match"),
              ElementsAre("optimizer[adamw].groups[].match", "optimizer[sgd].groups[].match"));
  EXPECT_THAT(keys_of("data.train.fields.label.dtype"),
              ElementsAre("data.train[csv].fields.*.dtype"));
}

TEST(Explain, UnknownKeysGiveNothingButASuggestion) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"optimiser.lr", "optimizer.lr"}, {"learning_rate", "optimizer.lr"},
      {"lr", "optimizer.lr"},           {"model.chanels", "model.channels"},
      {"batch_size", "batch.global"},   {"epochs", "duration"},
      {"clustre", "cluster"},           {"zzzzzzzz", ""},
  };
  for (const auto& [wrong, suggestion] : cases) {
    EXPECT_THAT(explain(wrong), IsEmpty()) << wrong;
    EXPECT_EQ(suggest(wrong), suggestion) << wrong;
  }
}

TEST(Schema, EveryKeyIsExplained) {
  std::set<std::string> paths;
  for (const Explanation& explanation : explain("")) {
    EXPECT_TRUE(paths.insert(explanation.key).second) << explanation.key << " is there twice";
    EXPECT_FALSE(explanation.type.empty()) << explanation.key;
    EXPECT_GE(explanation.meaning.size(), 10U) << explanation.key;
    EXPECT_EQ(explanation.meaning.back(), '.') << explanation.key;
    const bool decided = !explanation.fallback.empty() && explanation.fallback != "null";
    EXPECT_TRUE(decided || explanation.type == "section") << explanation.key;
  }
  EXPECT_GT(paths.size(), 50U);
}

// The examples in messages are copied into files: together they must make a good one.
TEST(Schema, ExamplesOfRequiredKeysAreRight) {
  std::string text;
  for (const Key& key : experiment_schema().keys) {
    if (key.required) text += key.name + ": " + key.example + "\n";
  }
  EXPECT_THAT(complaints(text), IsEmpty()) << text;
  for (const CatalogEntry& entry : experiment_catalog()) {
    if (entry.what == CatalogEntry::What::key && entry.key->required) {
      EXPECT_FALSE(entry.key->example.empty()) << entry.path;
    }
  }
}

TEST(Schema, WordsMatchTheirPattern) {
  const Word& word = *experiment_schema().find("name")->type.word;
  EXPECT_EQ(word.pattern(), "[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  for (const std::string good : {"a", "Z", "0", "a.b_c-9", "a-"}) EXPECT_TRUE(word.matches(good));
  for (const std::string bad : {"", "-a", ".a", "_a", "a b", "a/b", "é", "a,", "a@", "a[", "a\n"}) {
    EXPECT_FALSE(word.matches(bad)) << bad;
  }
  EXPECT_TRUE(word.matches(std::string(64, 'a')));
  EXPECT_FALSE(word.matches(std::string(65, 'a')));
}

// A name that means two things would make suggestions a matter of luck.
TEST(Schema, OtherNamesAreNoKeysOfTheSameSection) {
  for (const CatalogEntry& entry : experiment_catalog()) {
    for (const std::string& name : entry.key->also_called) {
      EXPECT_EQ(entry.section->find(name), nullptr) << entry.path << " " << name;
    }
  }
}

}  // namespace
}  // namespace muster::config
