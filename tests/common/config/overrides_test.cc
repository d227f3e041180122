// `key=value` arguments: what they change, and what is said when they cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Overrides, SetValuesSectionsAndItems) {
  const LoadResult result = parse(
      good(), {"optimizer.lr=1e-3", "batch.lanes=2", "model.channels=[8, 16]",
               "model.channels[1]=32", "model.channels[2]=64", "gradient.clip_norm=1",
               "data.eval=null", "cluster={workers: 1, env: {A: 'b c'}}", "cluster.env.B=a,b=c",
               "lr_scheduler={name: cosine, warmup: 5%}", "duration= 3ep"});
  ASSERT_THAT(texts_of(result.diagnostics), IsEmpty());
  const Experiment& e = result.experiment;
  EXPECT_EQ(std::get<AdamwOptions>(e.optimizer).lr, 1e-3);
  EXPECT_EQ(e.batch.lanes, 2);
  EXPECT_THAT(std::get<ConvnetOptions>(e.model.options).channels, ElementsAre(8, 32, 64));
  EXPECT_EQ(e.gradient.clip_norm, 1.0);
  EXPECT_FALSE(e.data.eval);
  EXPECT_EQ(e.cluster.workers, 1);
  const std::map<std::string, std::string> env = {{"A", "b c"}, {"B", "a,b=c"}};
  EXPECT_EQ(e.cluster.env, env);
  EXPECT_EQ(std::get<CosineOptions>(e.lr_scheduler).warmup.share, 0.05);
  EXPECT_EQ(e.duration, (Duration{3, Duration::Unit::epochs}));
}

TEST(Overrides, RepairAWrongValue) {
  EXPECT_THAT(complaints(with_line(8, "duration: forever"), {"duration=1ep"}), IsEmpty());
}

TEST(Overrides, RelativePathsStartAtTheWorkingDirectory) {
  const LoadResult result = parse(good(), {"data.train.files[0]=x/../a.csv", "output.dir=/r/"});
  ASSERT_THAT(texts_of(result.diagnostics), IsEmpty());
  EXPECT_THAT(std::get<CsvOptions>(result.experiment.data.train).files,
              ElementsAre(std::filesystem::current_path() / "a.csv"));
  EXPECT_THAT(std::get<CsvOptions>(*result.experiment.data.eval).files,
              ElementsAre("/base/eval.csv"));
  EXPECT_EQ(result.experiment.output.dir, "/r/");
}

TEST(Overrides, WrongOnesAreExplained) {
  struct Case {
    std::string argument;
    std::string expected;  // Behind "override:1:".
  };
  const std::vector<Case> cases = {
      {"optimizer",
       "1: error: 'optimizer' is no override (write key=value, for example optimizer.lr=1e-3)"},
      {"optimizer.lr=",
       "13: error: 'optimizer.lr=' has no value (write null for no value, '\"\"' for empty text)"},
      {"=3",
       "1: error: a name is missing in '' (write section.key=value, or list[0]=value for an item)"},
      {"optimizer..lr=3",
       "11: error: a name is missing in 'optimizer..lr' (write section.key=value, or list[0]=value "
       "for an item)"},
      {"optimizer.=3",
       "11: error: a name is missing in 'optimizer.' (write section.key=value, or list[0]=value "
       "for an item)"},
      {"model.input[0=3",
       "12: error: a ']' is missing in 'model.input[0' (write section.key=value, or list[0]=value "
       "for an item)"},
      {"model.input[-1]=3",
       "12: error: an index that is not a number from 0 in 'model.input[-1]' (write "
       "section.key=value, or list[0]=value for an item)"},
      {"model.input[0]x=3",
       "15: error: a '.' is missing in 'model.input[0]x' (write section.key=value, or "
       "list[0]=value for an item)"},
      {"model.input[7]=3", "12: error: model.input has 3 items (the next one is model.input[3])"},
      {"optimizer.betas[0]=3",
       "16: error: optimizer.betas is no list yet (give all of it: optimizer.betas=[...])"},
      {"optimizer[0]=3", "10: error: optimizer is no list (give all of it: optimizer=[...])"},
      {"duration.x=3", "10: error: duration has no keys: it is '10ep'"},
      {"model.channels=[1, 2", "16: error: this '[' is not closed (a ']' is missing)"},
      {"duration=\"10ep", "10: error: a quoted text is not closed (a quote is missing)"},
      {"duration=10ep\nseed=1", "1: error: an override must be one line of UTF-8 text"},
      {"duration=1\x01", "1: error: an override must be one line of UTF-8 text"},
      {"lr=1", "1: error: unknown key 'lr' (did you mean 'optimizer.lr'?)"},
      {"optimizer.lrr=1", "11: error: unknown key 'lrr' of optimizer 'adamw' (did you mean 'lr'?)"},
      {"optmizer.lr=1", "1: error: unknown key 'optmizer' (did you mean 'optimizer'?)"},
      {"optimizer.lr=x", "14: error: optimizer.lr must be a number, got 'x'"},
      {"optimizer.lr=null", "11: error: optimizer.lr has no value (for example 'lr: 1e-3')"},
      {"cluster={workers: 0}", "19: error: cluster.workers must be at least 1, got 0"},
      {"cluster={workers: 1, workers: 2}",
       "22: error: the key 'workers' is given twice (the first is at 1:10)"},
      {"cluster.workers=9",
       "17: error: cluster.workers must be at most batch.lanes (4), got 9 (every worker needs a "
       "lane of its own)"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(good(), {c.argument}), ElementsAre("override:1:" + c.expected))
        << c.argument;
  }
}

// One of the two would be lost without a word; a part of what was set before may be set again.
TEST(Overrides, GivenTwiceIsAnErrorThatNamesBoth) {
  EXPECT_THAT(complaints(good(), {"seed=1", "batch.lanes=8", "seed=2"}),
              ElementsAre("override:3:1: error: 'seed=2' and 'seed=1' (override 1) both set seed "
                          "(leave one of them out)"));
  EXPECT_THAT(complaints(good(), {"cluster.workers=1", "cluster={workers: 2}"}),
              ElementsAre("override:2:1: error: 'cluster={workers: 2}' and 'cluster.workers=1' "
                          "(override 1) both set cluster (leave one of them out)"));
  EXPECT_THAT(complaints(good(), {"cluster={workers: 2}", "cluster.workers=1"}), IsEmpty());
  EXPECT_THAT(complaints(good(), {"batch.lanes=4", "batch.global=64"}), IsEmpty());
}

// Its other keys stay, and those that the new model does not have are errors that say what to do.
TEST(Overrides, AnotherNameNeedsItsOwnKeys) {
  EXPECT_THAT(
      complaints(good(), {"model.name=mlp"}),
      ElementsAre("2:42: error: unknown key 'channels' of model 'mlp' (it is a key of "
                  "'convnet'; to change the model give all of it: model={name: mlp, ...})"));
  EXPECT_THAT(complaints(good(), {"model={name: mlp, input: [1, 8, 8], classes: 10}"}), IsEmpty());
}

TEST(Overrides, AreNumberedFromOne) {
  EXPECT_THAT(complaints(good(), {"threads=1", "seed=x"}),
              ElementsAre("override:2:6: error: seed must be an integer, got 'x'"));
}

}  // namespace
}  // namespace muster::config
