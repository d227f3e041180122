#include "coordinator/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "coordinator/cli/grammar/grammar.h"

namespace muster::coordinator::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Options>
Options parsed_as(const std::vector<std::string>& arguments) {
  const ParsedCommandLine parsed = parse_command_line(arguments);
  EXPECT_TRUE(parsed.command.has_value()) << parsed.err;
  return parsed.command ? std::get<Options>(*parsed.command) : Options{};
}

TEST(CommandLine, KeepsOverridesInTheirOrder) {
  const auto run = parsed_as<RunOptions>({"run", "a.yaml", "seed=1", "seed=2", "batch.lanes=4"});
  EXPECT_EQ(run.experiment.file, "a.yaml");
  EXPECT_THAT(run.experiment.overrides, ElementsAre("seed=1", "seed=2", "batch.lanes=4"));
}

TEST(CommandLine, TakesOptionsBeforeBetweenAndAfterOverrides) {
  const auto run = parsed_as<RunOptions>({"run", "--json", "a.yaml", "seed=1", "--name", "mine",
                                          "data.train.label=-1", "--run-dir=/tmp/x"});
  EXPECT_TRUE(run.json);
  EXPECT_EQ(run.name, "mine");
  EXPECT_EQ(run.run_dir, "/tmp/x");
  EXPECT_THAT(run.experiment.overrides, ElementsAre("seed=1", "data.train.label=-1"));
}

TEST(CommandLine, TakesOverridesWithSpacesAndCommasWhole) {
  const auto run = parsed_as<RunOptions>({"run", "a.yaml", "model.channels=[8, 16]", "name=a b"});
  EXPECT_THAT(run.experiment.overrides, ElementsAre("model.channels=[8, 16]", "name=a b"));
}

TEST(CommandLine, ParsesEveryCommand) {
  EXPECT_TRUE(parsed_as<ValidateOptions>({"validate", "a.yaml", "--json"}).json);
  EXPECT_EQ(parsed_as<ExplainOptions>({"explain"}).key, "");
  EXPECT_EQ(parsed_as<ExplainOptions>({"explain", "optimizer.lr"}).key, "optimizer.lr");
  EXPECT_TRUE(parsed_as<ExplainOptions>({"explain", "--markdown"}).markdown);
  EXPECT_TRUE(parsed_as<ExplainOptions>({"explain", "--json-schema"}).json_schema);
  const auto plan = parsed_as<PlanOptions>({"plan", "a.yaml", "--order", "--steps", "3:5"});
  EXPECT_TRUE(plan.order);
  ASSERT_TRUE(plan.steps.has_value());
  EXPECT_EQ(plan.steps->begin, 3);
  EXPECT_EQ(plan.steps->end, 5);
}

TEST(CommandLine, ParsesBenchmarks) {
  const auto bench = parsed_as<BenchAllReduceOptions>(
      {"bench", "allreduce", "--ranks", "3", "--sizes", "1MB,4KiB", "--json"});
  EXPECT_EQ(bench.ranks, 3);
  EXPECT_THAT(bench.sizes, ElementsAre(1'000'000, 4096));
  EXPECT_TRUE(bench.json);
  EXPECT_EQ(parsed_as<BenchAllReduceOptions>({"bench", "allreduce"}).sizes.size(), 8U);
}

TEST(CommandLine, SaysWhichBenchmarkIsMissingOrWrong) {
  EXPECT_THAT(parse_command_line({"bench"}).err,
              HasSubstr("muster bench: error: what? (allreduce)"));
  const ParsedCommandLine wrong = parse_command_line({"bench", "allreduce", "--sizes", "1MB,7B"});
  EXPECT_EQ(wrong.status, exit_code::kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("muster bench allreduce: error: --sizes: '7B'"));
  EXPECT_THAT(wrong.err, HasSubstr("a multiple of 4 bytes"));
  EXPECT_THAT(parse_command_line({"bench", "allreduce", "--ranks", "0"}).err, HasSubstr("--ranks"));
  EXPECT_THAT(parse_command_line({"bench", "all-reduce"}).err,
              HasSubstr("did you mean 'allreduce'?"));
  EXPECT_THAT(parse_command_line({"bench", "allreduce", "--size", "1MB"}).err,
              HasSubstr("did you mean '--sizes'?"));
  EXPECT_THAT(parse_command_line({"bench", "allreduce", "--help"}).out,
              HasSubstr("muster bench allreduce [OPTIONS]"));
}

TEST(CommandLine, CheckpointHasThreeCommandsBelowIt) {
  EXPECT_EQ(parsed_as<CheckpointListOptions>({"checkpoint", "list"}).run, "");
  EXPECT_TRUE(parsed_as<CheckpointVerifyOptions>({"checkpoint", "verify", "a", "--json"}).json);
  const auto to_export =
      parsed_as<CheckpointExportOptions>({"checkpoint", "export", "digits-0001:120", "out"});
  EXPECT_EQ(to_export.checkpoint, "digits-0001:120");
  EXPECT_EQ(to_export.out, "out");
  EXPECT_THAT(parse_command_line({"checkpoint"}).err,
              HasSubstr("muster checkpoint: error: what? (list, verify or export)"));
  EXPECT_EQ(parse_command_line({"checkpoint", "export", "a"}).status, 64);
}

TEST(CommandLine, ParsesWhatLooksAtRuns) {
  EXPECT_EQ(parsed_as<StatusOptions>({"status"}).run, "");
  EXPECT_EQ(parsed_as<StatusOptions>({"status", "digits-0001", "--json"}).run, "digits-0001");
  EXPECT_EQ(parsed_as<ListOptions>({"list", "elsewhere"}).folder, "elsewhere");
  const auto logs = parsed_as<LogsOptions>({"logs", "-f", "--rank", "3"});
  EXPECT_TRUE(logs.follow);
  EXPECT_EQ(logs.rank, 3);
  EXPECT_TRUE(parsed_as<LogsOptions>({"logs", "a", "--launcher"}).launcher);
  EXPECT_EQ(parsed_as<CompletionOptions>({"completion", "zsh"}).shell, "zsh");
}

// The words to complete may look like anything, also like a command or an option.
TEST(CommandLine, HandsOverTheWordsToCompleteAsTheyAre) {
  EXPECT_THAT(parsed_as<CompleteWordsOptions>(
                  {"complete-words", "--", "run", "--name", "x", "status", "--", ""})
                  .words,
              ElementsAre("run", "--name", "x", "status", "--", ""));
}

TEST(CommandLine, AFastDevRunIsAnOverride) {
  EXPECT_THAT(
      parsed_as<RunOptions>({"run", "a.yaml", "--fast-dev-run", "seed=1"}).experiment.overrides,
      ElementsAre("seed=1", "fast_dev_run=true"));
}

TEST(CommandLine, TakesNoColorAnywhere) {
  EXPECT_TRUE(parse_command_line({"--no-color", "run", "a.yaml"}).no_color);
  EXPECT_TRUE(parse_command_line({"run", "a.yaml", "--no-color"}).no_color);
  EXPECT_FALSE(parse_command_line({"run", "a.yaml"}).no_color);
}

struct UsageCase {
  std::vector<std::string> arguments;
  const char* expected;  // Part of the message.
};

TEST(CommandLine, SaysWhatIsWrongAndWhatWouldBeRight) {
  const UsageCase cases[] = {
      {{"rnu", "a.yaml"}, "unknown command 'rnu' (did you mean 'run'?)"},
      {{"xyzzy"}, "unknown command 'xyzzy'\n"},
      {{"digits.yaml"}, "did you mean 'muster run digits.yaml'?"},
      {{"run"}, "EXP.yaml is required"},
      {{"run", "a.yaml", "--jsn"},
       "muster run: error: unknown option '--jsn' (did you mean '--json'?)"},
      {{"explain", "a", "b"}, "unexpected argument 'b'"},
      {{"explain", "optimizer", "--json-schema"}, "--json-schema"},
      {{"explain", "--markdown", "--json"}, "--markdown"},
      {{"run", "a.yaml", "--name"}, "--name"},
      {{"plan", "a.yaml", "--order", "--steps", "5"}, "'5' is not a range of steps"},
      {{"plan", "a.yaml", "--steps", "0:5"}, "--order"},
      {{"--no-color"}, "a command is missing"},
      {{""}, "unknown command ''"},
  };
  for (const UsageCase& item : cases) {
    const ParsedCommandLine parsed = parse_command_line(item.arguments);
    EXPECT_FALSE(parsed.command.has_value()) << item.expected;
    EXPECT_EQ(parsed.status, exit_code::kUsage) << item.expected;
    EXPECT_THAT(parsed.err, HasSubstr(item.expected));
    EXPECT_THAT(parsed.out, IsEmpty());
  }
}

TEST(CommandLine, WithoutArgumentsShowsTheHelpAsAnError) {
  const ParsedCommandLine parsed = parse_command_line({});
  EXPECT_EQ(parsed.status, exit_code::kUsage);
  EXPECT_THAT(parsed.err, HasSubstr("Usage: muster COMMAND"));
}

TEST(CommandLine, HelpGoesToStandardOutputWithStatusZero) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"help"}, {"run", "--help"}, {"help", "run"}}) {
    const ParsedCommandLine parsed = parse_command_line(arguments);
    EXPECT_EQ(parsed.status, 0);
    EXPECT_THAT(parsed.out, HasSubstr("Usage: muster"));
    EXPECT_THAT(parsed.err, IsEmpty());
  }
  EXPECT_THAT(parse_command_line({"help", "run"}).out,
              HasSubstr("Usage: muster run EXP.yaml [key=value ...]"));
}

TEST(CommandLine, VersionIsOneLine) {
  EXPECT_EQ(parse_command_line({"--version"}).out, "muster 0.1.0\n");
}

TEST(CommandLine, RefusesWhatIsNoStepRange) {
  for (const char* text :
       {"", "5", "5:", ":5", "5:5", "6:5", "-1:5", "a:b", "1:2:3", "1:2x", "1.5:2"}) {
    EXPECT_THROW(grammar::parse_step_range(text), Error) << text;
  }
}

}  // namespace
}  // namespace muster::coordinator::cli
