// `muster` as a process: exit statuses, what goes to which stream, and that nothing is written
// before everything has been checked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/coordinator/cli/program_fixture.h"

namespace muster::coordinator::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct BadExperiment {
  const char* what;
  const char* from;  // This part of the good experiment ...
  const char* to;    // ... is replaced by this.
  std::vector<const char*> expected;
};

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
  std::string result = text;
  const std::size_t at = result.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return result.replace(at, from.size(), to);
}

TEST_F(Program, BadExperimentsEndWith78AndWriteNothing) {
  const BadExperiment cases[] = {
      {"unknown key",
       "lr: 1.0e-3",
       "lr: 1.0e-3, weight_decai: 1",
       {"tiny.yaml:7:", "weight_decay"}},
      {"duplicate key",
       "duration: 3ep",
       "duration: 3ep\nduration: 4ep",
       {"tiny.yaml:9:", "duration"}},
      {"wrong type", "lanes: 2", "lanes: two", {"tiny.yaml:6:", "batch.lanes"}},
      {"out of range", "workers: 2", "workers: 0", {"tiny.yaml:9:", "cluster.workers"}},
      {"missing unit", "duration: 3ep", "duration: 3", {"tiny.yaml:8:", "duration"}},
      {"more workers than lanes", "workers: 2", "workers: 3", {"tiny.yaml", "lanes"}},
      {"more lanes than samples", "lanes: 2", "lanes: 5", {"tiny.yaml", "batch.lanes"}},
      {"alias", "name: tiny", "name: &n tiny", {"tiny.yaml:1:"}},
      {"syntax", "batch: {global", "batch: {{global", {"tiny.yaml:6:"}},
      {"input does not fit", "input: [4]", "input: [5]", {"tiny.yaml", "model.input"}},
      {"two at once",
       "batch: {global: 4, lanes: 2}",
       "bach: {}\nseed: x",
       {"bach", "seed", "batch"}},
  };
  for (const BadExperiment& item : cases) {
    SCOPED_TRACE(item.what);
    write("tiny.yaml", replaced(kGoodExperiment, item.from, item.to));
    const ProgramOutput output = muster({"run", "EXPERIMENT"});
    EXPECT_EQ(output.status, 78) << output.err;
    EXPECT_THAT(output.out, IsEmpty());
    for (const char* part : item.expected) {
      EXPECT_THAT(output.err, HasSubstr(part));
    }
    EXPECT_THAT(runs(), IsEmpty());
  }
}

TEST_F(Program, MissingAndEmptyExperimentsEndWith78) {
  EXPECT_EQ(muster({"run", "nowhere.yaml"}).status, 78);
  write("tiny.yaml", "");
  EXPECT_EQ(muster({"run", "EXPERIMENT"}).status, 78);
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Program, BadOverridesNameTheirPlace) {
  const ProgramOutput output = muster({"run", "EXPERIMENT", "seed=2", "optimizer.lr=fast"});
  EXPECT_EQ(output.status, 78);
  EXPECT_THAT(output.err, HasSubstr("override:2:"));
}

struct BadData {
  const char* what;
  const char* data;
  std::vector<const char*> expected;
};

TEST_F(Program, BadDataEndWith65AndWriteNothing) {
  const BadData cases[] = {
      {"ragged", "1,2,3,4,0\n1,2,3,0\n", {"train.csv:2"}},
      {"no number", "1,2,3,4,0\n1,2,x,4,0\n", {"train.csv:2", "x"}},
      {"label out of range", "1,2,3,4,0\n1,2,3,4,7\n", {"train.csv:2", "model.classes is 3"}},
      {"empty", "", {"train.csv"}},
  };
  for (const BadData& item : cases) {
    SCOPED_TRACE(item.what);
    write("train.csv", item.data);
    const ProgramOutput output = muster({"run", "EXPERIMENT"});
    EXPECT_EQ(output.status, 65) << output.err;
    EXPECT_THAT(output.out, IsEmpty());
    for (const char* part : item.expected) {
      EXPECT_THAT(output.err, HasSubstr(part));
    }
    EXPECT_THAT(runs(), IsEmpty());
  }
  std::filesystem::remove(folder_ / "train.csv");
  EXPECT_EQ(muster({"validate", "EXPERIMENT"}).status, 65);
}

TEST_F(Program, ValidateSaysWhatWouldBeTrained) {
  const ProgramOutput output = muster({"validate", "EXPERIMENT"});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("tiny.yaml can be trained\n"));
  EXPECT_THAT(output.out, HasSubstr("6 training samples"));
  EXPECT_THAT(output.err, IsEmpty());
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Program, ValidateAsJsonListsTheProblems) {
  const auto good = nlohmann::json::parse(muster({"validate", "EXPERIMENT", "--json"}).out);
  EXPECT_EQ(good.at("schema"), 1);
  EXPECT_TRUE(good.at("valid"));

  const ProgramOutput output =
      muster({"validate", "EXPERIMENT", "--json", "cluster.workers=0", "seed=x"});
  const auto bad = nlohmann::json::parse(output.out);
  EXPECT_EQ(output.status, 78);
  EXPECT_FALSE(bad.at("valid"));
  EXPECT_EQ(bad.at("problems").size(), 2u);
}

TEST_F(Program, BatchNormRefusesAStepThatLeavesItOneSample) {
  write("opinion", R"(echo '{"schema":1,"parameters":[],"frozen":[],"buffers":[],
    "parameter_count":46,"frozen_count":0,"frozen_elements":0,
    "has_batch_norm":true,"arena_elements":64,"bytes_per_element":4,"optimizer_slots":2,
    "libtorch_version":"0","problems":[],"init_problems":[],"init_note":""}')");
  const ProgramOutput output = muster({"run", "EXPERIMENT"});
  EXPECT_EQ(output.status, 78);
  EXPECT_THAT(output.err, HasSubstr("batch norm"));
  EXPECT_THAT(output.err, HasSubstr("(batch.global: 6 would be right)"));
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Program, PassesOnWhatTheWorkerSaysAgainstTheModel) {
  write("opinion", "echo 'tiny.yaml: error: threads is 4, but 1 is available' >&2; exit 78");
  const ProgramOutput said = muster({"validate", "EXPERIMENT"});
  EXPECT_EQ(said.status, 78);
  EXPECT_EQ(said.err, "tiny.yaml: error: threads is 4, but 1 is available\n");

  write("opinion", "echo 'cannot load libtorch' >&2; exit 127");
  const ProgramOutput broken = muster({"validate", "EXPERIMENT"});
  EXPECT_EQ(broken.status, 70);
  EXPECT_THAT(broken.err, HasSubstr("cannot load libtorch"));
}

TEST_F(Program, SaysWhereTheWorkerShouldBe) {
  std::filesystem::remove(folder_ / "muster-worker");
  const ProgramOutput output = muster({"run", "EXPERIMENT"});
  EXPECT_EQ(output.status, 69);
  EXPECT_THAT(output.err, HasSubstr((folder_ / "muster-worker").string()));
  EXPECT_THAT(runs(), IsEmpty());
}

TEST_F(Program, PlanIsDataOnStandardOutput) {
  const ProgramOutput text = muster({"plan", "EXPERIMENT"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("Launch command"));
  EXPECT_THAT(text.err, IsEmpty());

  const auto json = nlohmann::json::parse(muster({"plan", "EXPERIMENT", "--json"}).out);
  EXPECT_EQ(json.at("total_steps"), 6);
  EXPECT_EQ(json.at("memory").size(), 2u);
  EXPECT_THAT(runs(), IsEmpty());
}

// Every sample once per epoch, and the same lines in any world.
TEST_F(Program, OrderCoversAnEpochAndDependsOnLanesOnly) {
  const ProgramOutput output = muster({"plan", "EXPERIMENT", "--order", "--steps", "0:2"});
  EXPECT_EQ(output.status, 0) << output.err;
  std::vector<std::int64_t> samples;
  std::istringstream lines(output.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json.at("step"), count / 2);
    EXPECT_EQ(json.at("lane"), count % 2);
    for (const std::int64_t sample : json.at("samples")) {
      samples.push_back(sample);
    }
  }
  std::sort(samples.begin(), samples.end());
  EXPECT_THAT(samples, ElementsAre(0, 1, 2, 3, 4, 5));

  EXPECT_EQ(muster({"plan", "EXPERIMENT", "--order"}).out, output.out);
  EXPECT_EQ(muster({"plan", "EXPERIMENT", "--order", "cluster.workers=1"}).out, output.out);
}

TEST_F(Program, OrderNeedsNoWorker) {
  std::filesystem::remove(folder_ / "muster-worker");
  EXPECT_EQ(muster({"plan", "EXPERIMENT", "--order"}).status, 0);
}

TEST_F(Program, OrderEndsWithTheTraining) {
  const ProgramOutput output = muster({"plan", "EXPERIMENT", "--order", "--steps", "5:7"});
  EXPECT_EQ(output.status, 78);
  EXPECT_THAT(output.err, HasSubstr("it has 6 steps"));
}

TEST_F(Program, ExplainTellsAKeyAndHelpsWithMisspeltOnes) {
  const ProgramOutput known = muster({"explain", "cluster.workers"});
  EXPECT_EQ(known.status, 0);
  EXPECT_THAT(known.out, HasSubstr("cluster.workers\n"));

  const ProgramOutput unknown = muster({"explain", "cluster.worker"});
  EXPECT_EQ(unknown.status, 64);
  EXPECT_THAT(unknown.out, IsEmpty());
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'cluster.workers'?"));

  const auto json = nlohmann::json::parse(muster({"explain", "--json"}).out);
  EXPECT_GT(json.at("keys").size(), 20u);
}

TEST_F(Program, UsageErrorsEndWith64) {
  EXPECT_EQ(muster({}).status, 64);
  EXPECT_EQ(muster({"rnu"}).status, 64);
  EXPECT_EQ(muster({"run"}).status, 64);
  EXPECT_EQ(muster({"run", "EXPERIMENT", "--frobnicate"}).status, 64);
}

// A person who types it waits for nothing, a script may call it often. The fastest of several: what
// other processes do to the machine meanwhile is not its fault.
TEST_F(Program, VersionTakesLessThanTwentyMilliseconds) {
  if (!MUSTER_OPTIMISED) {
    GTEST_SKIP() << "only an optimised build promises this";
  }
  auto fastest = Clock::duration::max();
  for (int i = 0; i < 15; ++i) {
    const auto begin = Clock::now();
    EXPECT_EQ(muster({"--version"}).out, "muster 0.1.0\n");
    fastest = std::min(fastest, Clock::now() - begin);
  }
  EXPECT_LT(fastest, std::chrono::milliseconds(20));
}

}  // namespace
}  // namespace muster::coordinator::cli
