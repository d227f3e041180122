// Synthetic data: fixed bits, a rule that training and evaluation share, and that can be learned.
#include "data/formats/synthetic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <string>

#include "common/hash.h"
#include "tests/data/formats/csv_support.h"
#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = config::SyntheticOptions::Kind;

config::SyntheticOptions options_of(Kind kind) {
  config::SyntheticOptions options;
  options.kind = kind;
  options.samples = 2000;
  if (kind == Kind::images) options.shape = {{2, 6, 5}};
  if (kind == Kind::classes) options.shape = {{12}};
  if (kind == Kind::images || kind == Kind::classes) options.classes = 4;
  if (kind == Kind::ids) options.sizes = {{20, 30}};
  if (kind == Kind::tokens) {
    options.vocabulary = 64;
    options.sequence = 16;
  }
  return options;
}

constexpr Kind kKinds[] = {Kind::images, Kind::classes, Kind::ids, Kind::tokens};

std::string hash_of(const Dataset& dataset, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  Xxh3 hash;
  for (const BatchField& field : dataset.read(indices).fields) {
    hash.update({field.values.data(), field.values.size()});
  }
  return hash.hex();
}

// Of little-endian machines. A change of these bits is a change of every run on synthetic data: the
// number in the recipe has to grow with it.
TEST(Synthetic, BitsAreFixed) {
  std::vector<std::string> hashes;
  for (const Kind kind : kKinds) hashes.push_back(hash_of(*open_dataset(options_of(kind)), 0, 100));
  config::SyntheticOptions value = options_of(Kind::ids);
  value.target = config::SyntheticOptions::Target::value;
  hashes.push_back(hash_of(*open_dataset(value), 0, 100));
  EXPECT_THAT(hashes,
              ElementsAre("5baf995bac915e121d65a3cb31450534", "1f6203f7ce1367ac0d9fd6b7f4b738b0",
                          "0c2f6986aa4da7de2b9089c2f38758a1", "e269b9e77f54d5d74c505490e172a433",
                          "7c5d362103c8f8ee638007815eb18af3"));
}

TEST(Synthetic, SamplesDependOnSeedAndNumberOnly) {
  for (const Kind kind : kKinds) {
    config::SyntheticOptions options = options_of(kind);
    const auto all = open_dataset(options);
    options.offset = 700;
    options.samples = 100;
    const auto part = open_dataset(options);
    EXPECT_EQ(hash_of(*part, 10, 50), hash_of(*all, 710, 50));
    EXPECT_NE(hash_of(*part, 10, 50), hash_of(*all, 711, 50));
    EXPECT_NE(part->manifest().hash(), all->manifest().hash());
    options.seed = 2;
    EXPECT_NE(hash_of(*open_dataset(options), 10, 50), hash_of(*part, 10, 50));
  }
}

/// The class whose mean over the training samples is nearest is right for this share of others.
double accuracy_of_class_means(Kind kind) {
  config::SyntheticOptions options = options_of(kind);
  options.noise = 1;
  const auto train = open_dataset(options);
  options.offset = options.samples;
  const auto eval = open_dataset(options);
  const auto size = static_cast<std::size_t>(train->fields()[0].elements_per_sample());
  const auto inputs = values_of<float>(*train, "input");
  const auto labels = values_of<std::int64_t>(*train, "label");
  std::vector<std::vector<double>> means(4, std::vector<double>(size));
  std::vector<double> counts(4);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
    counts[label] += 1;
    for (std::size_t j = 0; j < size; ++j) means[label][j] += inputs[i * size + j];
  }
  const auto others = values_of<float>(*eval, "input");
  const auto wanted = values_of<std::int64_t>(*eval, "label");
  int right = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::vector<double> distances(4);
    for (std::size_t c = 0; c < 4; ++c) {
      for (std::size_t j = 0; j < size; ++j) {
        distances[c] += std::pow(others[i * size + j] - means[c][j] / counts[c], 2);
      }
    }
    const auto nearest = std::min_element(distances.begin(), distances.end()) - distances.begin();
    right += nearest == wanted[i] ? 1 : 0;
  }
  return right / static_cast<double>(wanted.size());
}

TEST(Synthetic, ClassesOfOtherSamplesFollowFromThePatterns) {
  EXPECT_GT(accuracy_of_class_means(Kind::images), 0.95);
  EXPECT_GT(accuracy_of_class_means(Kind::classes), 0.75);
}

TEST(Synthetic, NoiseHasItsDeviation) {
  config::SyntheticOptions options = options_of(Kind::classes);
  options.classes = 1;
  options.noise = 0.5;
  const auto inputs = values_of<float>(*open_dataset(options), "input");
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < inputs.size(); i += 12) {
    sum += inputs[i];
    squares += inputs[i] * inputs[i];
  }
  const double mean = sum / 2000;
  EXPECT_NEAR(std::sqrt(squares / 2000 - mean * mean), 0.5, 0.03);
}

// Without noise the ids decide the label; about half of the labels are 1.
TEST(Synthetic, LabelsFollowFromTheIds) {
  config::SyntheticOptions options = options_of(Kind::ids);
  options.noise = 0;
  const auto dataset = open_dataset(options);
  const auto ids = values_of<std::int64_t>(*dataset, "ids");
  const auto labels = values_of<float>(*dataset, "label");
  std::map<std::pair<std::int64_t, std::int64_t>, float> known;
  double ones = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ASSERT_TRUE(ids[2 * i] < 20 && ids[2 * i + 1] < 30);
    const auto [at, is_new] = known.emplace(std::pair(ids[2 * i], ids[2 * i + 1]), labels[i]);
    EXPECT_EQ(at->second, labels[i]);
    ones += labels[i];
  }
  EXPECT_LT(known.size(), labels.size());
  EXPECT_NEAR(ones / 2000, 0.5, 0.2);

  options.target = config::SyntheticOptions::Target::value;
  double squares = 0;
  for (const float value : values_of<float>(*open_dataset(options), "label"))
    squares += value * value;
  EXPECT_NEAR(squares / 2000, 1, 0.5);
}

// What a model of pairs of tokens can reach, in nats per token, far below log(64) = 4.16.
TEST(Synthetic, TokensFollowFromTheOneBefore) {
  const auto dataset = open_dataset(options_of(Kind::tokens));
  const auto inputs = values_of<std::int64_t>(*dataset, "input");
  const auto labels = values_of<std::int64_t>(*dataset, "label");
  std::map<std::pair<std::int64_t, std::int64_t>, double> pairs;
  std::map<std::int64_t, double> firsts;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    pairs[{inputs[i], labels[i]}] += 1;
    firsts[inputs[i]] += 1;
  }
  double nats = 0;
  for (const auto& [pair, count] : pairs) nats -= count * std::log(count / firsts[pair.first]);
  EXPECT_LT(nats / static_cast<double>(inputs.size()), 2.6);
  EXPECT_GT(nats / static_cast<double>(inputs.size()), 1.2);
}

TEST(Synthetic, SizesAreThoseOfTheModelWhenTheyAreNotGiven) {
  config::SyntheticOptions open;
  open.samples = 10;
  open.kind = Kind::images;
  const config::FieldNeed images[] = {floats("input", {1, 4, 4}), integers("label", {}, 2)};
  EXPECT_THAT(open_dataset(open, images)->fields()[0].shape, ElementsAre(1, 4, 4));
  open.kind = Kind::ids;
  config::FieldNeed ids = integers("ids", {2}, 6);
  ids.ranges.push_back({0, 1, "model.y"});
  const config::FieldNeed pairs[] = {ids, floats("label", {})};
  const auto dataset = open_dataset(open, pairs);
  for (const std::int64_t id : values_of<std::int64_t>(*dataset, "ids")) EXPECT_LE(id, 6);
  open.kind = Kind::tokens;
  const config::FieldNeed text[] = {integers("input", {5}, 99), integers("label", {5}, 99)};
  EXPECT_THAT(open_dataset(open, text)->fields()[1].shape, ElementsAre(5));
  const TemporaryFolder folder;
  EXPECT_THAT(error_of(folder, open), HasSubstr("synthetic data need 'sequence'"));
}

// Labels beyond the model's classes would end in the middle of a training, or train on nonsense.
TEST(Synthetic, SizesBeyondWhatIsReadAreRefused) {
  const TemporaryFolder folder;
  config::SyntheticOptions options = options_of(Kind::classes);
  config::FieldNeed label = floats("label", {});
  label.ranges = {{0, 1, "objective bce reads probabilities"}};
  EXPECT_EQ(error_of(folder, options, {&label, 1}),
            "synthetic data: 'classes' must be at most 2, got 4 (objective bce reads "
            "probabilities)");
  options.classes = 2;
  EXPECT_EQ(error_of(folder, options, {&label, 1}), "no error");
  const config::FieldNeed text[] = {integers("input", {16}, 62), integers("label", {16}, 62)};
  EXPECT_EQ(error_of(folder, options_of(Kind::tokens), text),
            "synthetic data: 'vocabulary' must be at most 63, got 64 (model.x says so)");
  const config::FieldNeed pairs[] = {integers("ids", {2}, 28), label};
  EXPECT_EQ(error_of(folder, options_of(Kind::ids), pairs),
            "synthetic data: 'sizes[1]' must be at most 29, got 30 (model.x says so)");
}

TEST(Synthetic, OtherOptionsThanPlannedAreRefused) {
  const TemporaryFolder folder;
  config::SyntheticOptions options = options_of(Kind::classes);
  const Manifest planned = open_dataset(options)->manifest();
  EXPECT_TRUE(planned.files.empty());
  EXPECT_EQ(error_of(folder, options, {}, &planned), "no error");
  options.noise = 0.75;
  EXPECT_THAT(error_of(folder, options, {}, &planned), HasSubstr("are not those that this run"));
}

}  // namespace
}  // namespace muster::data
