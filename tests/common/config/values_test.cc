// Types, ranges and units: what is said about a wrong value, and that nothing is guessed.
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

TEST(Values, WrongOnesAreExplained) {
  const std::string duration_hint =
      " (write a number and a unit (ep, steps or samples), for example 10ep)";
  const std::vector<Case> cases = {
      // Integers.
      {6, "batch: {global: many, lanes: 4}",
       "6:17: error: batch.global must be an integer, got 'many'"},
      {6, "batch: {global: 128.5, lanes: 4}",
       "6:17: error: batch.global must be an integer, got '128.5'"},
      {6, "batch: {global: 1e2, lanes: 4}",
       "6:17: error: batch.global must be an integer, got '1e2' (write 100)"},
      {6, "batch: {global: 010, lanes: 4}",
       "6:17: error: batch.global must be an integer, got '010' (write it without leading zeros)"},
      {6, "batch: {global: 0x80, lanes: 4}",
       "6:17: error: batch.global must be an integer, got '0x80'"},
      {6, "batch: {global: +128, lanes: 4}",
       "6:17: error: batch.global must be an integer, got '+128'"},
      {6, "batch: {global: \"128\", lanes: 4}",
       "6:17: error: batch.global must be an integer, got the text \"128\" (remove the quotes)"},
      {6, "batch: {global: [128], lanes: 4}",
       "6:17: error: batch.global must be an integer, got a list"},
      {6, "batch: {global: {}, lanes: 4}",
       "6:17: error: batch.global must be an integer, got a section"},
      {6, "batch: {global: 0, lanes: 4}",
       "6:17: error: batch.global must be from 1 to 1073741824, got 0"},
      {6, "batch: {global: -0, lanes: 4}",
       "6:17: error: batch.global must be from 1 to 1073741824, got -0"},
      {6, "batch: {global: , lanes: 4}",
       "6:9: error: batch.global has no value (for example 'global: 128')"},
      {6, "batch: {global: 128, lanes: 99999999999999999999}",
       "6:29: error: batch.lanes is too large, got 99999999999999999999"},
      {9, "cluster: {workers: 0}", "9:20: error: cluster.workers must be at least 1, got 0"},
      {9, "cluster: {workers: 3000000000}",
       "9:20: error: cluster.workers is too large, got 3000000000"},
      {9, "threads: 1025", "9:10: error: threads must be from 1 to 1024, got 1025"},
      {9, "seed: -1", "9:7: error: seed must be from 0 to 9007199254740992, got -1"},
      {9, "seed: 9007199254740993",
       "9:7: error: seed must be from 0 to 9007199254740992, got 9007199254740993"},
      {9, "schema: 2", "9:9: error: schema must be 1, got 2"},
      // Numbers.
      {7, "optimizer: {name: adamw, lr: fast}",
       "7:30: error: optimizer.lr must be a number, got 'fast'"},
      {7, "optimizer: {name: adamw, lr: 1,e-3}",
       "7:32: error: unknown key 'e-3' of optimizer 'adamw' (keys here: lr, weight_decay, betas, "
       "eps, groups)"},
      {7, "optimizer: {name: adamw, lr: 0}", "7:30: error: optimizer.lr must be above 0, got 0"},
      {7, "optimizer: {name: adamw, lr: .inf}",
       "7:30: error: optimizer.lr must be a number, got '.inf'"},
      {7, "optimizer: {name: adamw, lr: nan}",
       "7:30: error: optimizer.lr must be a number, got 'nan'"},
      {7, "optimizer: {name: adamw, lr: 1e999}",
       "7:30: error: optimizer.lr must be a number, got '1e999'"},
      {7, "optimizer: {name: adamw, lr: 1e-3, betas: [0.9]}",
       "7:43: error: optimizer.betas must have 2 items, got 1 ([beta1, beta2])"},
      {7, "optimizer: {name: adamw, lr: 1e-3, betas: [0.9, 1]}",
       "7:49: error: optimizer.betas[1] must be at least 0 and below 1, got 1"},
      {7, "optimizer: {name: adamw, lr: 1e-3, betas: 0.9}",
       "7:43: error: optimizer.betas must be a list, got '0.9' (write [0.9])"},
      // Truth values, words, text.
      {9, "checkpoint: {initial: on}",
       "9:23: error: checkpoint.initial must be true or false, got 'on' (write true)"},
      {9, "checkpoint: {initial: No}",
       "9:23: error: checkpoint.initial must be true or false, got 'No'"},
      {9, "checkpoint: {initial: 'true'}",
       "9:23: error: checkpoint.initial must be true or false, got the text \"true\" (remove the "
       "quotes)"},
      {9, "precision: fp16", "9:12: error: precision must be fp32 or fp64, got 'fp16'"},
      {9, "device: tpu", "9:9: error: device must be cpu, got 'tpu' (did you mean 'cpu'?)"},
      {9, "comm: {backend: [mpi]}", "9:17: error: comm.backend must be auto or mpi, got a list"},
      {1, "name: my run",
       "1:7: error: name must be 1 to 64 letters, digits, '.', '_' or '-', the first a letter or "
       "digit, got 'my run'"},
      {1, "name: ../up",
       "1:7: error: name must be 1 to 64 letters, digits, '.', '_' or '-', the first a letter or "
       "digit, got '../up'"},
      {1, "name: null", "1:1: error: name has no value"},
      {9, "output: {dir: ''}",
       "9:15: error: output.dir must be a path, got the text \"\" (write the name of a file or "
       "folder)"},
      // Durations, shares, times.
      {8, "duration: 10",
       "8:11: error: duration must be a duration, got '10': the unit is missing" + duration_hint},
      {8, "duration: 10 epochs",
       "8:11: error: duration must be a duration, got '10 epochs': there is no unit 'epochs'" +
           duration_hint},
      {8, "duration: 1.5ep",
       "8:11: error: duration must be a duration, got '1.5ep': it must be a whole number" +
           duration_hint},
      {8, "duration: 0steps",
       "8:11: error: duration must be a duration, got '0steps': it must be more than zero" +
           duration_hint},
      {8, "duration: 2h",
       "8:11: error: duration must be in ep, steps or samples, got '2h' (lengths of time are not "
       "supported here)"},
      {8, "duration: 5%",
       "8:11: error: duration must be a duration, got '5%': there is no unit '%'" + duration_hint},
      {8, "duration: [10ep]",
       "8:11: error: duration must be a duration, got a list" + duration_hint},
      {9, "eval: {interval: 30s}",
       "9:18: error: eval.interval must be in ep, steps or samples, got '30s' (lengths of time are "
       "not supported here)"},
      {9, "checkpoint: {interval: 0ep}",
       "9:24: error: checkpoint.interval must be a duration, got '0ep': it must be more than zero" +
           duration_hint},
      {9, "lr_scheduler: {name: cosine, warmup: 5}",
       "9:38: error: lr_scheduler.warmup must be a duration or a share, got '5': the unit is "
       "missing (write a number and a unit (ep, steps, samples or %), for example 5%)"},
      {9, "lr_scheduler: {name: cosine, warmup: 120%}",
       "9:38: error: lr_scheduler.warmup must be a duration or a share, got '120%': a share is at "
       "most 100% (write a number and a unit (ep, steps, samples or %), for example 5%)"},
      {9, "lr_scheduler: {name: cosine, warmup: 1min}",
       "9:38: error: lr_scheduler.warmup must be in ep, steps, samples or %, got '1min' (lengths "
       "of time are not supported here)"},
      {9, "comm: {timeout: 30}",
       "9:17: error: comm.timeout must be a length of time, got '30': the unit is missing (write a "
       "number and a unit (ms, s, min or h), for example 30s)"},
      // Lists, maps, sections.
      {2, "model: {name: convnet, input: [8, 8], channels: [32, 64], classes: 10}",
       "2:31: error: model.input must have 3 items, got 2 ([channels, height, width])"},
      {2, "model: {name: convnet, input: [1, 8, 8], channels: [], classes: 10}",
       "2:52: error: model.channels must have at least 1 item, got 0"},
      {2, "model: {name: convnet, input: [1, 0, 8], channels: [32], classes: 10}",
       "2:35: error: model.input[1] must be at least 1, got 0"},
      {2, "model: {name: convnet, input: [1, , 8], channels: [32], classes: 10}",
       "2:35: error: model.input[1] has no value"},
      {4, "  train: {format: csv, files: train.csv, label: -1}",
       "4:31: error: data.train.files must be a list, got 'train.csv' (write [train.csv])"},
      {4, "  train: {format: csv, files: [], label: -1}",
       "4:31: error: data.train.files must have at least 1 item, got 0"},
      {9, "cluster: 2",
       "9:10: error: cluster must be a section, got '2' (write its keys below it, or {key: "
       "value})"},
      {9, "cluster: {env: [A=1]}",
       "9:16: error: cluster.env must be a map, got a list (write its keys below it, or {key: "
       "value})"},
      {9, "cluster: {env: {A: }}", "9:17: error: cluster.env.A has no value"},
      {9, "cluster: {mpirun_args: [--verbose, [x]]}",
       "9:36: error: cluster.mpirun_args[1] must be text, got a list"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(complaints(with_line(c.line, c.text)), ElementsAre(c.expected)) << c.text;
  }
}

TEST(Values, TextIsTakenAsWritten) {
  const LoadResult result =
      parse(with_line(9, "cluster: {env: {A: on, B: 010, C: 1e3, D: 'x y', E: ''}}"));
  ASSERT_TRUE(result.diagnostics.empty()) << result.diagnostics[0].text();
  const std::map<std::string, std::string> expected = {
      {"A", "on"}, {"B", "010"}, {"C", "1e3"}, {"D", "x y"}, {"E", ""}};
  EXPECT_EQ(result.experiment.cluster.env, expected);
}

TEST(Values, NumbersAreReadExactly) {
  const LoadResult result = parse(good(), {"optimizer.lr=0.1", "optimizer.eps=5e-324",
                                           "seed=9007199254740992", "optimizer.weight_decay=-0.0"});
  ASSERT_TRUE(result.diagnostics.empty()) << result.diagnostics[0].text();
  const auto& adamw = std::get<AdamwOptions>(result.experiment.optimizer);
  EXPECT_EQ(adamw.lr, 0.1);
  EXPECT_EQ(adamw.eps, 5e-324);
  EXPECT_EQ(result.experiment.seed, std::int64_t{1} << 53);
}

TEST(Values, AllErrorsComeAtOnceInTheOrderOfTheFile) {
  EXPECT_THAT(
      complaints("duration: 10\n"
                 "batch: {lanes: 0}\n"
                 "model: {name: mlp, hidden: [64, x], inputs: [3], classes: 1}\n"
                 "seeds: 1\n",
                 {"threads=0", "name=a b"}),
      ElementsAre("1:1: error: missing key 'data' (for example 'data: {train: {format: csv, "
                  "files: [train.csv], label: -1}}')",
                  "1:1: error: missing key 'optimizer' (for example 'optimizer: {name: adamw, "
                  "lr: 1e-3}')",
                  "1:11: error: duration must be a duration, got '10': the unit is missing "
                  "(write a number and a unit (ep, steps or samples), for example 10ep)",
                  "2:8: error: missing key 'batch.global' (for example 'global: 128')",
                  "2:16: error: batch.lanes must be at least 1, got 0",
                  "3:8: error: missing key 'model.input' (for example 'input: [64]')",
                  "3:33: error: model.hidden[1] must be an integer, got 'x'",
                  "3:37: error: unknown key 'inputs' of model 'mlp' (did you mean 'input'?)",
                  "3:59: error: model.classes must be at least 2 for cross_entropy, got 1",
                  "4:1: error: unknown key 'seeds' (did you mean 'seed'?)",
                  "override:1:9: error: threads must be from 1 to 1024, got 0",
                  "override:2:6: error: name must be 1 to 64 letters, digits, '.', '_' or "
                  "'-', the first a letter or digit, got 'a b'"));
}

}  // namespace
}  // namespace muster::config
