// What an experiment file must not hold, whatever its keys mean.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Case {
  std::string text;
  std::vector<std::string> expected;
};

TEST(Yaml, SyntaxErrorsSayWhatToDo) {
  const std::vector<Case> cases = {
      {"",
       {"1:1: error: the file is empty (an experiment needs at least model, data, batch, "
        "optimizer and duration)"}},
      {"# only a comment\n",
       {"1:1: error: the file is empty (an experiment needs at least model, data, batch, "
        "optimizer and duration)"}},
      {"---\n",
       {"1:1: error: the file is empty (an experiment needs at least model, data, batch, "
        "optimizer and duration)"}},
      {"batch:128\n",
       {"1:1: error: an experiment is a map of keys to values, not 'batch:128' (write 'key: value' "
        "lines, with a space after the colon)"}},
      {"- a\n",
       {"1:1: error: an experiment is a map of keys to values, not a list (write 'key: "
        "value' lines, with a space after the colon)"}},
      {with_line(4, "  train: {format: csv, files: [train.csv], label: -1"),
       {"4:10: error: this '{' is not closed (a '}' is missing)"}},
      {with_line(6, "batch: {global: [1, lanes: 4}"),
       {"6:17: error: this '[' is not closed (a ']' is missing)"}},
      {with_line(6, "batch: {global: 128}}"),
       {"6:21: error: a closing bracket that was not opened"}},
      {with_line(4, "\ttrain: {}"), {"4:1: error: a tab in the indentation (indent with spaces)"}},
      {with_line(8, "duration: 10ep: 3"),
       {"8:15: error: a ':' that does not belong here (the keys of one section start in the same "
        "column; quote text that holds ': ')"}},
      {with_line(8, " duration: 10ep"),
       {"8:2: error: this does not belong to what is above it (the keys of one section start in "
        "the "
        "same column)"}},
      {with_line(8, "duration: \"10ep"),
       {"8:11: error: a quoted text is not closed (a quote is missing)"}},
      {with_line(8, "duration: 'it''s"),
       {"8:11: error: a quoted text is not closed (a quote is missing)"}},
      {with_line(8, "duration: @10"),
       {"8:11: error: a value that starts with a special character (quote it)"}},
      {with_line(8, "duration: - 10"),
       {"8:11: error: a '-' that does not belong here (write each list item on a line of its own, "
        "or [a, b])"}},
      {with_line(8, "duration: *ten"),
       {"8:11: error: a YAML alias ('*name') is not allowed (quote text that starts with '*')"}},
      {with_line(10, "---\nname: other"),
       {"10:1: error: a second document starts here (an experiment is one document: remove "
        "'---')"}},
      {"  name: a\nseed: 1\n",
       {"2:1: error: this does not belong to what is above it (the keys of one section start in "
        "the "
        "same column)"}},
      {"name: \xff\n",
       {"1:7: error: a character that is not allowed (an experiment is UTF-8 text "
        "without control characters)"}},
      {std::string("name: a\0b\n", 10),
       {"1:8: error: a character that is not allowed (an experiment is UTF-8 text without control "
        "characters)"}},
  };
  for (const Case& c : cases) EXPECT_EQ(complaints(c.text), c.expected) << c.text;
}

TEST(Yaml, WhatHidesOrMultipliesValuesIsRefused) {
  const std::vector<Case> cases = {
      {with_line(9, "duration: 5ep"),
       {"9:1: error: the key 'duration' is given twice (the first is at 8:1)"}},
      {with_line(6, "batch: {global: 128, lanes: 4, global: 64}"),
       {"6:32: error: the key 'global' is given twice (the first is at 6:9)"}},
      {with_line(6, "batch: {global: 128, \"lanes\": 4, lanes: 4}"),
       {"6:34: error: the key 'lanes' is given twice (the first is at 6:22)"}},
      {with_line(5, "  eval: &e {format: csv, files: [eval.csv], label: -1}"),
       {"5:9: error: the anchor '&e' is not allowed (write the value out wherever it is needed)"}},
      {with_line(8, "duration: &d 10ep\nseed: *d"),
       {"8:11: error: the anchor '&d' is not allowed (write the value out wherever it is needed)",
        "9:7: error: a YAML alias ('*name') is not allowed (write the value out wherever it is "
        "needed)"}},
      {with_line(7, "optimizer: &o {name: adamw, lr: 3.0e-3}\ngradient: {<<: *o}"),
       {"7:12: error: the anchor '&o' is not allowed (write the value out wherever it is needed)",
        "8:12: error: the merge key '<<' is not allowed (write the keys out wherever they are "
        "needed)"}},
      {with_line(8, "duration: !!str 10ep"),
       {"8:11: error: the YAML tag '!!str' is not allowed (the key decides the type: leave the tag "
        "out)"}},
      {with_line(9, "? [a]\n: 1"), {"9:3: error: a key must be a word, not a list"}},
      {with_line(9, ": 1"), {"9:1: error: a key must be a word, not nothing"}},
  };
  for (const Case& c : cases) EXPECT_EQ(complaints(c.text), c.expected) << c.text;
}

TEST(Yaml, NestingAndSizeAreLimited) {
  const std::string deep = std::string(64, '[') + std::string(64, ']');
  EXPECT_THAT(complaints("name: " + deep),
              ElementsAre("1:70: error: more than 64 levels of nesting"));
  const std::string very_deep(200'000, '[');
  EXPECT_THAT(complaints("name: " + very_deep), SizeIs(1));
  EXPECT_THAT(complaints("name: " + std::string(1'000'000, 'a')),
              ElementsAre("e.yaml: error: the file has more than 1000000 bytes (an experiment is a "
                          "small YAML file)"));
}

TEST(Yaml, ManyErrorsAreCutShort) {
  std::string text = good();
  for (int i = 0; i < 1000; ++i) text += "unknown_" + std::to_string(i) + ": 1\n";
  const std::vector<std::string> said = complaints(text);
  ASSERT_THAT(said, SizeIs(101));
  EXPECT_EQ(said.back(), "e.yaml: error: too many errors; only the first 100 found are shown");
}

TEST(Yaml, ColumnsCountCharacters) {
  EXPECT_THAT(complaints(with_line(7, "optimizer: {\"größe\": 1, name: adamw, lr: x}")),
              ElementsAre("7:13: error: unknown key 'größe' of optimizer 'adamw' (keys here: lr, "
                          "weight_decay, betas, eps, groups)",
                          "7:42: error: optimizer.lr must be a number, got 'x'"));
}

TEST(Yaml, StylesThatMeanTheSameAreTheSame) {
  const Experiment expected = parse(good()).experiment;
  const std::vector<std::string> same = {
      "\xEF\xBB\xBF" + good(),
      "# comment\n---\n" + good() + "...\n",
      with_line(8, "duration: '10ep'   # so long"),
      with_line(7, "optimizer:\n  name: \"adamw\"\n  lr: 3.0e-3\n"),
      with_line(9, "cluster:\n    workers: 2\ngradient:\n#  clip_norm: 1\n"),
  };
  for (const std::string& text : same) {
    const LoadResult result = parse(text);
    EXPECT_THAT(texts_of(result.diagnostics), IsEmpty()) << text;
    EXPECT_TRUE(result.experiment == expected) << text;
  }
}

TEST(Yaml, LineEndsOfOtherSystemsAreFine) {
  std::string text;
  for (const std::string& line : good_lines()) text += line + "\r\n";
  const LoadResult result = parse(text);
  EXPECT_THAT(texts_of(result.diagnostics), IsEmpty());
  EXPECT_TRUE(result.experiment == parse(good()).experiment);
}

}  // namespace
}  // namespace muster::config
