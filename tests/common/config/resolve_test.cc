// What is decided at launch, and that an experiment is written down so that it reads back the same.
#include "common/config/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/common/config/random_experiment.h"
#include "tests/common/config/support.h"

namespace muster::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LoadResult without_lanes(int global) {
  return parse(with_line(6, "batch: {global: " + std::to_string(global) + "}"));
}

/// A world of the best processors, so that the tests do not depend on this one.
World world_of(int workers) { return {.workers = workers, .instructions = InstructionSet::avx512}; }

TEST(Resolve, NothingIsLeftOpen) {
  LoadResult loaded = without_lanes(128);
  EXPECT_THAT(resolve(loaded, {.workers = 3}), IsEmpty());
  EXPECT_EQ(loaded.experiment.batch.lanes, 3);
  EXPECT_EQ(loaded.experiment.cluster.workers, 3);
  EXPECT_EQ(loaded.experiment.eval.batch, 128);
  EXPECT_TRUE(loaded.experiment.output.dir->is_absolute());
  EXPECT_FALSE(loaded.experiment.batch.micro);
}

TEST(Resolve, WhatIsGivenStays) {
  LoadResult loaded = parse(good(), {"eval.batch=7", "output.dir=/r", "batch.micro=2"});
  EXPECT_THAT(resolve(loaded, {.workers = 3}), IsEmpty());
  EXPECT_EQ(loaded.experiment.batch.lanes, 4);
  EXPECT_EQ(loaded.experiment.eval.batch, 7);
  EXPECT_EQ(loaded.experiment.output.dir, "/r");
  EXPECT_EQ(loaded.experiment.batch.micro, 2);
}

// Whatever a real run accepts: also a warmup that is longer than two steps.
TEST(Resolve, FastDevRunIsTwoStepsOneEvaluationOneCheckpoint) {
  const std::vector<std::string> long_one = {
      "duration=1000steps",          "eval.interval=1steps",    "checkpoint.interval=1steps",
      "checkpoint.initial=true",     "metrics.interval=1000ep", "lr_scheduler.name=cosine",
      "lr_scheduler.warmup=500steps"};
  LoadResult slow = parse(good(), long_one);
  std::vector<std::string> quick_one = long_one;
  quick_one.push_back("fast_dev_run=true");
  LoadResult quick = parse(good(), quick_one);
  ASSERT_THAT(texts_of(quick.diagnostics), IsEmpty());
  EXPECT_THAT(resolve(slow, world_of(2)), IsEmpty());
  EXPECT_THAT(resolve(quick, world_of(2)), IsEmpty());

  const Experiment& e = quick.experiment;
  constexpr Duration kTwoSteps{2, Duration::Unit::steps};
  EXPECT_EQ(e.duration, kTwoSteps);
  EXPECT_EQ(e.eval.interval, kTwoSteps);
  EXPECT_EQ(e.checkpoint, Checkpoint{});
  EXPECT_EQ(e.metrics.interval, (Duration{1, Duration::Unit::steps}));
  EXPECT_NE(config_hash(e, ""), config_hash(slow.experiment, ""));

  const LoadResult again = parse(to_yaml(e));
  EXPECT_THAT(texts_of(again.diagnostics), IsEmpty());
  EXPECT_EQ(again.experiment, e);
}

TEST(Resolve, ImpossibleWorldsAreRefusedAtTheKey) {
  LoadResult four_lanes = parse(good());
  EXPECT_THAT(
      texts_of(resolve(four_lanes, {.workers = 5})),
      ElementsAre("e.yaml:6:29: error: batch.lanes is 4, too few for 5 workers (every worker "
                  "needs a lane of its own: start fewer workers or set more lanes)"));
  LoadResult small_batch = without_lanes(2);
  EXPECT_THAT(
      texts_of(resolve(small_batch, {.workers = 3})),
      ElementsAre("e.yaml:6:17: error: batch.global is 2, too few for 3 workers (every worker "
                  "needs at least one sample of every batch)"));
  LoadResult large_micro = parse(with_line(6, "batch: {global: 128, micro: 100}"));
  EXPECT_THAT(
      texts_of(resolve(large_micro, {.workers = 2})),
      ElementsAre("e.yaml:6:29: error: batch.micro must be at most 64, the samples of a lane "
                  "with 2 lanes, got 100"));
  Experiment experiment = parse(good()).experiment;
  EXPECT_THAT(
      texts_of(resolve(experiment, {.workers = 5}, "given.yaml")),
      ElementsAre("given.yaml: error: batch.lanes is 4, too few for 5 workers (every worker "
                  "needs a lane of its own: start fewer workers or set more lanes)"));
}

TEST(Resolve, InstructionsAreTheLeastOfAllMachinesUnlessTheyAreGiven) {
  LoadResult open = parse(good());
  resolve(open, {.workers = 1, .instructions = InstructionSet::avx2});
  EXPECT_EQ(open.experiment.numerics.isa, InstructionSet::avx2);
  LoadResult less = parse(good(), {"numerics.isa=baseline"});
  EXPECT_THAT(texts_of(resolve(less, world_of(1))), IsEmpty());
  EXPECT_EQ(less.experiment.numerics.isa, InstructionSet::baseline);
  LoadResult more = parse(good(), {"numerics.isa=avx512"});
  EXPECT_THAT(
      texts_of(resolve(more, {.workers = 1, .instructions = InstructionSet::avx2})),
      ElementsAre(
          "override:1:14: error: numerics.isa is avx512, but not all machines have more than "
          "avx2 (other instructions give other bits: choose what all machines have)"));
}

TEST(Resolve, TheRunRootComesFromTheEnvironment) {
  ASSERT_EQ(setenv("MUSTER_RUNS", "/some/./runs", 1), 0);
  LoadResult loaded = parse(good());
  resolve(loaded, {.workers = 1});
  ASSERT_EQ(unsetenv("MUSTER_RUNS"), 0);
  EXPECT_EQ(loaded.experiment.output.dir, "/some/runs");
  LoadResult by_default = parse(good());
  resolve(by_default, {.workers = 1});
  EXPECT_EQ(by_default.experiment.output.dir, std::filesystem::current_path() / "runs");
}

TEST(Write, YamlReadsBackAsTheSameExperiment) {
  RandomExperiment random(1);
  for (int i = 0; i < 100; ++i) {
    Experiment experiment = random.make();
    const std::string yaml = to_yaml(experiment);
    const LoadResult again = parse_experiment(yaml, "again.yaml", "/elsewhere");
    ASSERT_THAT(texts_of(again.diagnostics), IsEmpty()) << yaml;
    ASSERT_TRUE(again.experiment == experiment) << yaml;
    // Resolved, too.
    LoadResult resolved = again;
    const int workers = experiment.batch.lanes ? 4 : experiment.cluster.workers;
    ASSERT_THAT(texts_of(resolve(resolved, world_of(workers))), IsEmpty()) << yaml;
    const std::string resolved_yaml = to_yaml(resolved.experiment);
    ASSERT_TRUE(parse(resolved_yaml).experiment == resolved.experiment) << resolved_yaml;
  }
}

TEST(Write, JsonSaysTheSameAsYaml) {
  RandomExperiment random(2);
  for (int i = 0; i < 100; ++i) {
    const Experiment experiment = random.make();
    const std::string json = to_json(experiment);
    const auto parsed = nlohmann::ordered_json::parse(json);
    EXPECT_EQ(parsed["batch"]["global"], experiment.batch.global);
    EXPECT_EQ(parsed["optimizer"]["lr"],
              std::visit([](const auto& options) { return options.lr; }, experiment.optimizer));
    EXPECT_EQ(parsed["name"], experiment.name);
    // Mostly, JSON is YAML: reading it gives the experiment again.
    EXPECT_TRUE(parse(json).experiment == experiment) << json;
  }
}

TEST(Write, EveryKeyIsThereInTheOrderOfTheSchema) {
  LoadResult loaded = parse(good(), {"output.dir=/runs"});
  resolve(loaded, {.workers = 2, .instructions = InstructionSet::avx2});
  EXPECT_EQ(to_yaml(loaded.experiment),
            "schema: 1\n"
            "name: digits\n"
            "seed: 1\n"
            "device: cpu\n"
            "threads: 1\n"
            "numerics:\n"
            "  isa: avx2\n"
            "precision: fp32\n"
            "model:\n"
            "  name: convnet\n"
            "  input: [1, 8, 8]\n"
            "  channels: [32, 64]\n"
            "  classes: 10\n"
            "  init: null\n"
            "objective:\n"
            "  name: cross_entropy\n"
            "  ignore_index: null\n"
            "  label_smoothing: 0\n"
            "data:\n"
            "  train:\n"
            "    format: csv\n"
            "    files: [/base/train.csv]\n"
            "    label: -1\n"
            "    scale: null\n"
            "    classes: null\n"
            "    fields: {}\n"
            "    header: null\n"
            "    delimiter: comma\n"
            "    on_bad_record: stop\n"
            "  eval:\n"
            "    format: csv\n"
            "    files: [/base/eval.csv]\n"
            "    label: -1\n"
            "    scale: null\n"
            "    classes: null\n"
            "    fields: {}\n"
            "    header: null\n"
            "    delimiter: comma\n"
            "    on_bad_record: stop\n"
            "batch:\n"
            "  global: 128\n"
            "  lanes: 4\n"
            "  micro: null\n"
            "optimizer:\n"
            "  name: adamw\n"
            "  lr: 0.003\n"
            "  weight_decay: 0.01\n"
            "  betas: [0.9, 0.999]\n"
            "  eps: 1e-08\n"
            "  groups: []\n"
            "lr_scheduler:\n"
            "  name: constant\n"
            "  warmup: 0steps\n"
            "gradient:\n"
            "  clip_norm: null\n"
            "  on_not_finite: stop\n"
            "  skip_at_most: 10\n"
            "duration: 10ep\n"
            "fast_dev_run: false\n"
            "eval:\n"
            "  interval: 1ep\n"
            "  batch: 128\n"
            "checkpoint:\n"
            "  interval: null\n"
            "  initial: false\n"
            "  keep: 3\n"
            "  best: null\n"
            "snapshot:\n"
            "  enabled: true\n"
            "  interval: null\n"
            "  dir: /dev/shm\n"
            "check:\n"
            "  interval: null\n"
            "metrics:\n"
            "  interval: 1steps\n"
            "  samples: false\n"
            "comm:\n"
            "  backend: auto\n"
            "  ranks_per_node: null\n"
            "  timeout: 10min\n"
            "cluster:\n"
            "  launcher: auto\n"
            "  workers: 2\n"
            "  max_restarts: 5\n"
            "  stall_timeout: null\n"
            "  grace: 25s\n"
            "  mpirun_args: []\n"
            "  env: {}\n"
            "output:\n"
            "  dir: /runs\n");
}

TEST(ConfigHash, ChangesWithWhatDecidesTheBitsOnly) {
  const auto hash = [](const std::vector<std::string>& overrides) {
    LoadResult loaded = parse(good(), overrides);
    EXPECT_THAT(texts_of(loaded.diagnostics), IsEmpty());
    EXPECT_THAT(texts_of(resolve(loaded, world_of(2))), IsEmpty());
    return config_hash(loaded.experiment, "manifest");
  };
  const std::string base = hash({});
  EXPECT_EQ(base.size(), 64U);
  for (const std::string same :
       {"name=other", "data.train.files=[/elsewhere/x.csv]", "cluster.env.A=1", "comm.timeout=1s",
        "comm.ranks_per_node=1", "output.dir=/x", "metrics.interval=5steps",
        "checkpoint.interval=1ep", "checkpoint.keep=null", "checkpoint.best=loss",
        "lr_scheduler={name: constant}"}) {
    EXPECT_EQ(hash({same}), base) << same;
  }
  for (const std::string other :
       {"seed=2", "threads=2", "numerics.isa=baseline", "precision=fp64", "model.channels=[32, 65]",
        "batch.global=127", "batch.lanes=8", "batch.micro=1", "optimizer.lr=0.004",
        "optimizer.eps=1e-7", "gradient.clip_norm=1", "duration=11ep", "lr_scheduler.warmup=1steps",
        "data.train.scale=2", "lr_scheduler={name: cosine}"}) {
    EXPECT_NE(hash({other}), base) << other;
  }
  const Experiment experiment = parse(good()).experiment;
  EXPECT_NE(config_hash(experiment, "a"), config_hash(experiment, "b"));
}

// What a state of another experiment is refused with.
TEST(ConfigHash, KeysThatItCoversSayWhatDiffers) {
  const auto keys = [](const std::vector<std::string>& overrides, const std::string& manifest) {
    LoadResult loaded = parse(good(), overrides);
    EXPECT_THAT(texts_of(resolve(loaded, world_of(2))), IsEmpty());
    return hashed_keys(loaded.experiment, manifest);
  };
  const auto base = keys({}, "a");
  EXPECT_EQ(base, keys({"cluster.env.A=1", "name=other", "checkpoint.keep=1"}, "a"));
  const auto other = keys({"optimizer.lr=0.004", "model.channels=[32, 65]"}, "b");
  std::vector<std::string> differing;
  for (const auto& [key, value] : other) {
    if (base.at(key) != value) differing.push_back(key + " " + value);
  }
  EXPECT_THAT(differing,
              ElementsAre("data (hash) b", "model.channels [32, 65]", "optimizer.lr 0.004"));
}

}  // namespace
}  // namespace muster::config
