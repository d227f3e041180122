// Values that are right each for itself but not together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Case {
  std::size_t line;
  std::string text;
  std::vector<std::string> expected;
};

const std::string kInput64 = [] {
  std::string columns = "0";
  for (int i = 1; i < 64; ++i) columns += ", " + std::to_string(i);
  return "input: {columns: [" + columns + "]}";
}();

std::string train_fields(const std::string& fields) {
  return "  train:\n    format: csv\n    files: [a.csv]\n    fields: {" + fields + "}";
}

TEST(Combinations, ImpossibleOnesAreRefused) {
  const std::string label = "label: {columns: [-1], dtype: int64}";
  const std::vector<Case> cases = {
      {6,
       "batch: {global: 4, lanes: 8}",
       {"6:27: error: batch.lanes must be at most batch.global (4), got 8 (a lane needs at least "
        "one "
        "sample of every batch)"}},
      {6,
       "batch: {global: 128, lanes: 3, micro: 44}",
       {"6:39: error: batch.micro must be at most 43, the samples of a lane, got 44"}},
      {6,
       "batch: {global: 128, micro: 129}",
       {"6:29: error: batch.micro must be at most 128, the samples of a batch, got 129"}},
      {9,
       "checkpoint: {best: mae}",
       {"9:20: error: checkpoint.best must be one of loss, accuracy, perplexity, which the "
        "objective "
        "measures, got 'mae'"}},
      {9,
       "checkpoint: {best: loss, interval: 3ep}\neval: {interval: 4ep}",
       {"9:20: error: checkpoint.best needs checkpoints that are evaluated: one every 3ep, an "
        "evaluation every 4ep, and none together before the end (make one interval a multiple of "
        "the other)"}},
      {9,
       "cluster: {workers: 5}",
       {"9:20: error: cluster.workers must be at most batch.lanes (4), got 5 (every worker needs a "
        "lane of its own)"}},
      {9,
       "lr_scheduler: {name: cosine, warmup: 11ep}",
       {"9:38: error: lr_scheduler.warmup must not be longer than the duration (10ep), got 11ep"}},
      {8,
       "duration: 100steps\nlr_scheduler: {name: cosine, warmup: 12801samples}",
       {"9:38: error: lr_scheduler.warmup must not be longer than the duration (100steps), got "
        "12801samples"}},
      {7,
       "optimizer: {name: sgd, lr: 0.1, nesterov: true}",
       {"7:43: error: optimizer.nesterov needs momentum above 0 (for example momentum: 0.9)"}},
      {7,
       "optimizer: {name: sgd, lr: 0.1, momentum: 0.9, nesterov: true, dampening: 0.5}",
       {"7:58: error: optimizer.nesterov needs dampening 0"}},
      {7,
       "optimizer: {name: sgd, lr: 0.1, dampening: 0.5}",
       {"7:44: error: optimizer.dampening needs momentum above 0: it dampens nothing else"}},
      {7,
       "optimizer: {name: sgd, lr: 0.1, groups: [{match: a, freeze: true, lr_scale: 2}]}",
       {"7:77: error: optimizer.groups[0].lr_scale does not go with 'freeze: true': the parameters "
        "do not change"}},
      {9,
       "lr_scheduler: {name: step, factor: 0.5}",
       {"9:15: error: lr_scheduler.interval is missing: when the learning rate falls (for example "
        "'interval: 30ep', or 'milestones: [50%, 75%]')"}},
      {9,
       "lr_scheduler: {name: step, interval: 0steps}",
       {"9:38: error: lr_scheduler.interval must be more than 0"}},
      {9,
       "lr_scheduler: {name: step, interval: 1ep, milestones: [50%]}",
       {"9:38: error: lr_scheduler.interval does not go with 'milestones', which say when"}},
      {5,
       "eval: {interval: 1ep}",
       {"5:7: error: eval needs data.eval: there is nothing to evaluate on"}},
      {2,
       "model: {name: mlp, input: [65536, 65536], classes: 10}",
       {"2:27: error: model.input must have at most 2147483648 elements"}},
      {9,
       "cluster: {env: {2A: x, B-C: x, D: x}}",
       {"9:21: error: cluster.env.2A is no name of an environment variable (letters, digits and "
        "'_', "
        "the first not a digit)",
        "9:29: error: cluster.env.B-C is no name of an environment variable (letters, digits and "
        "'_', the first not a digit)"}},
      // csv: the long form.
      {4,
       "  train: {format: csv, files: [a.csv], label: -1, scale: 2, fields: {" + kInput64 + ", " +
           label + "}}",
       {"4:47: error: data.train.label does not go with 'fields', which describe every column",
        "4:58: error: data.train.scale does not go with 'fields', which describe every column"}},
      {4,
       train_fields(label),
       {"7:13: error: data.train.fields must have 'input', which the training reads"}},
      {4,
       train_fields(kInput64),
       {"7:13: error: data.train.fields must have 'label', which the training reads"}},
      {4,
       train_fields("input: {columns: [0, 1]}, " + label),
       {"7:31: error: data.train.fields.input.columns must be 64 columns as model.input says, got "
        "2"}},
      {4,
       train_fields("label: {columns: [-1, -2], dtype: int32}, " + kInput64),
       {"7:31: error: data.train.fields.label.columns must be one column, got 2",
        "7:48: error: data.train.fields.label.dtype must be int64: it holds whole numbers, got "
        "int32"}},
      {4,
       train_fields("label: {columns: [-1], dtype: int64, scale: 2}, " + kInput64),
       {"7:58: error: data.train.fields.label.scale needs a float type, not int64 (integers are "
        "read "
        "as they are)"}},
      {4,
       "  train: {format: csv, files: [a.csv], label: -1, scale: 0}",
       {"4:58: error: data.train.scale must not be 0"}},
      {4,
       "  train: {format: csv, files: [a.csv], label: kind, header: false}",
       {"4:61: error: data.train.header is false, but column 'kind' is asked for by name (leave it "
        "out, or give columns by number)"}},
      {4,
       "  train: {format: csv, files: [a.csv], label: -1, classes: [a, b, a]}",
       {"4:67: error: data.train.classes[2] is 'a' a second time (every class has one number)"}},
      {4,
       "  train: {format: csv, files: [a.csv], label: -1, classes: [a, b, c, d, e, f, g, h, i, j, "
       "k]}",
       {"4:60: error: data.train.classes has 11 names, but model.classes is 10"}},
      {4,
       "  train: {format: csv, files: [a.csv], label: -1, skip_at_most: 0.5}",
       {"4:65: error: data.train.skip_at_most needs 'on_bad_record: skip'"}},
      // Other formats.
      {4,
       "  train: {format: idx, files: [a, b], labels: [c]}",
       {"4:47: error: data.train.labels must name as many files as 'files' (2), got 1"}},
      {4,
       "  train: {format: tokens, files: [a], dtype: uint8, sequence: 32}",
       {"4:63: error: data.train.sequence must be 64 as model.input says, got 32"}},
      {4,
       "  train: {format: synthetic, kind: images, samples: 5, shape: [8, 8]}",
       {"4:63: error: data.train.shape must be [channels, height, width] for images"}},
      {4,
       "  train: {format: synthetic, kind: tokens, samples: 5, classes: 3}",
       {"4:65: error: data.train.classes goes with kinds images and classes only"}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(complaints(with_line(c.line, c.text)), c.expected) << c.text;
  }
}

/// What is said about synthetic training data (line 4) for that model and objective.
std::vector<std::string> about_synthetic(const std::string& data, const std::string& model,
                                         const std::string& objective) {
  std::vector<std::string> lines = good_lines();
  lines[1] = "model: {name: " + model + "}";
  lines[3] = "  train: {format: synthetic, samples: 5, " + data + "}";
  lines[4] = "  eval:";
  lines.push_back("objective: {name: " + objective + "}");
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return complaints(text);
}

// Sizes that are given are not taken from the model: what they make must still be what it reads.
TEST(Combinations, SyntheticSizesBeyondWhatIsReadAreRefused) {
  const std::string mlp = "mlp, input: [8], hidden: [4], classes: ";
  const std::string gpt = "gpt, vocabulary: 64, sequence: 8, layers: 1, heads: 1, width: 8";
  const std::string pairs = "recommender, ids: [20, 30], width: 4, outputs: ";
  struct Synthetic {
    std::string data, model, objective;
    std::vector<std::string> expected;
  };
  const std::vector<Synthetic> cases = {
      {"kind: classes, classes: 10",
       mlp + "1",
       "bce",
       {"4:66: error: data.train.classes must be at most 2, got 10 (objective bce reads "
        "probabilities)"}},
      {"kind: classes, classes: 2", mlp + "1", "bce", {}},
      {"kind: classes, classes: 11",
       mlp + "10",
       "cross_entropy",
       {"4:66: error: data.train.classes must be at most 10, got 11 (model.classes is 10)"}},
      {"kind: classes, classes: 10", mlp + "10", "cross_entropy", {}},
      {"kind: classes, classes: 10", mlp + "1", "mse", {}},
      // The class that is ignored is the next one, or lies beyond others that are not good.
      {"kind: classes, classes: 11", mlp + "10", "cross_entropy, ignore_index: 10", {}},
      {"kind: classes, classes: 13",
       mlp + "10",
       "cross_entropy, ignore_index: 12",
       {"4:66: error: data.train.classes must be at most 10, got 13 (model.classes is 10, and 12 "
        "is ignored)"}},
      {"kind: tokens, vocabulary: 65",
       gpt,
       "cross_entropy",
       {"4:68: error: data.train.vocabulary must be at most 64, got 65 (model.vocabulary is 64)"}},
      {"kind: tokens, vocabulary: 64", gpt, "cross_entropy", {}},
      {"kind: ids, sizes: [20, 31]",
       pairs + "1",
       "bce",
       {"4:65: error: data.train.sizes[1] must be at most 30, got 31 (model.ids[1] is 30)"}},
      {"kind: ids, sizes: [20]",
       pairs + "1",
       "bce",
       {"4:60: error: data.train.sizes must be 2 numbers as model.ids says, got 1"}},
      {"kind: ids, sizes: [20, 30]", pairs + "1", "bce", {}},
      {"kind: ids, target: value",
       pairs + "1",
       "bce",
       {"4:61: error: data.train.target must be binary, got value (objective bce reads "
        "probabilities)"}},
      {"kind: ids, target: value",
       pairs + "2",
       "cross_entropy",
       {"4:61: error: data.train.target must be binary, got value (model.outputs is 2)"}},
      {"kind: ids, target: value", pairs + "1", "mse", {}},
  };
  for (const Synthetic& c : cases) {
    EXPECT_EQ(about_synthetic(c.data, c.model, c.objective), c.expected)
        << c.data << " / " << c.model << " / " << c.objective;
  }
}

TEST(Combinations, PossibleOnesPass) {
  const std::vector<Case> cases = {
      {6, "batch: {global: 4, lanes: 4, micro: 1}", {}},
      {6, "batch: {global: 128, lanes: 3, micro: 43}", {}},
      {9, "cluster: {workers: 4}", {}},
      {9, "lr_scheduler: {name: cosine, warmup: 10ep}", {}},
      {9, "lr_scheduler: {name: cosine, warmup: 100000steps}", {}},  // Only the data know.
      {4, train_fields("label: {columns: [-1], dtype: int64}, " + kInput64), {}},
      {5, "eval:", {}},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_line(c.line, c.text)), IsEmpty()) << c.text;
  }
}

// Another order of the classes would make every accuracy wrong without a sign. Both forms say them.
TEST(Combinations, TrainingAndEvaluationHaveTheSameClasses) {
  const auto said = [](const std::string& train, const std::string& eval) {
    std::vector<std::string> lines = good_lines();
    lines[1] = "model: {name: mlp, input: [1], hidden: [4], classes: 10}";
    lines[3] = "  train: {format: csv, files: [a.csv], " + train + "}";
    lines[4] = "  eval: {format: csv, files: [b.csv], " + eval + "}";
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return complaints(text);
  };
  const auto in_short = [](const std::string& classes) { return "label: 1, classes: " + classes; };
  const auto in_long = [](const std::string& classes) {
    return "fields: {input: {columns: [0]}, label: {columns: [1], classes: " + classes + "}}";
  };
  const std::string what = "classes must be those of data.train in the same order: a, b";
  const std::string of_short = "5:58: error: data.eval." + what;
  const std::string of_long = "5:102: error: data.eval.fields.label." + what;
  EXPECT_THAT(said(in_short("[a, b]"), in_short("[b, a]")), ElementsAre(of_short));
  EXPECT_THAT(said(in_long("[a, b]"), in_short("[b, a]")), ElementsAre(of_short));
  EXPECT_THAT(said(in_short("[a, b]"), in_long("[b, a]")), ElementsAre(of_long));
  EXPECT_THAT(said(in_long("[a, b]"), in_long("[b, a]")), ElementsAre(of_long));
  EXPECT_THAT(said(in_short("[a, b]"), in_long("[a, b]")), IsEmpty());
  EXPECT_THAT(said(in_short("[a, b]"), "label: 1"), IsEmpty());
}

// A combination is judged only when its parts are right: no complaint about a consequence.
TEST(Combinations, WrongPartsAreNotCombined) {
  EXPECT_THAT(complaints(with_line(6, "batch: {global: x, lanes: 8, micro: 99}")),
              ElementsAre("6:17: error: batch.global must be an integer, got 'x'"));
  EXPECT_THAT(complaints(with_line(2, "model: {name: mlp, input: [0], classes: 10}"), {}),
              ElementsAre("2:28: error: model.input[0] must be at least 1, got 0"));
  // No "eval needs data.eval" beside the wrong interval.
  EXPECT_THAT(complaints(with_line(5, "eval: {interval: x}")), SizeIs(1));
}

}  // namespace
}  // namespace muster::config
