#include "data/planning/planning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <variant>

#include "common/error.h"
#include "tests/data/temporary_folder.h"

namespace muster::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Ten samples of four values and a label below 3.
class Planning : public testing::Test {
 protected:
  Planning() {
    std::string text;
    for (int i = 0; i < 10; ++i) text += "1,2,3,4," + std::to_string(i % 3) + "\n";
    config::CsvOptions csv;
    csv.files = {folder_.write("train.csv", text)};
    csv.label = -1;
    experiment_.data.train = csv;
    experiment_.model.options = config::ConvnetOptions{{1, 2, 2}, {4}, 3};
    experiment_.batch = {.global = 8, .lanes = 2, .micro = {}};
    experiment_.duration = {3, Duration::Unit::epochs};
    experiment_.eval.batch = 8;
  }

  std::vector<std::string> misfits_with_batch_norm() {
    return misfits(experiment_, open_datasets(experiment_), /*has_batch_norm=*/true);
  }

  TemporaryFolder folder_;
  config::Experiment experiment_;
};

TEST_F(Planning, LaneWithASingleSampleIsRefusedForBatchNormOnly) {
  // The last step of an epoch has two samples, one a lane.
  EXPECT_THAT(misfits_with_batch_norm(), ElementsAre(HasSubstr("leaves lane 0 of 2")));
  EXPECT_THAT(misfits(experiment_, open_datasets(experiment_), false), IsEmpty());
  experiment_.batch.global = 5;  // Lanes of two and three samples, in both steps.
  EXPECT_THAT(misfits_with_batch_norm(), IsEmpty());
}

TEST_F(Planning, MicroBatchesOfOneSampleAreRefusedForBatchNorm) {
  experiment_.batch.global = 10;
  experiment_.batch.micro = 1;
  EXPECT_THAT(misfits_with_batch_norm(), ElementsAre(HasSubstr("micro batch of a single sample")));
  experiment_.batch.micro = 4;  // Five samples a lane: four and one.
  EXPECT_THAT(misfits_with_batch_norm(), ElementsAre(HasSubstr("micro batch of a single sample")));
  experiment_.batch.micro = 3;
  EXPECT_THAT(misfits_with_batch_norm(), IsEmpty());
}

TEST_F(Planning, InputOfAnotherSizeIsNamedWithBothSizes) {
  experiment_.batch.global = 5;
  experiment_.model.options = config::ConvnetOptions{{1, 3, 3}, {4}, 3};
  EXPECT_THAT(misfits_with_batch_norm(), ElementsAre(HasSubstr("[1, 3, 3], 9 values")));
}

// In another order every figure of the evaluation would be wrong without a sign.
TEST_F(Planning, EvaluationDataHaveTheColumnsOfTheTraining) {
  auto& train = std::get<config::CsvOptions>(experiment_.data.train);
  train.files = {folder_.write("train.csv", "a,b,c,d,kind\n1,1,1,1,1\n")};
  train.header = true;
  config::CsvOptions eval = train;
  const auto problems_of = [&](const std::string& header) {
    eval.files = {folder_.write("eval.csv", header + "\n1,1,1,1,1\n")};
    experiment_.data.eval = eval;
    return misfits(experiment_, open_datasets(experiment_), false);
  };
  EXPECT_THAT(problems_of("a,b,c,d,kind"), IsEmpty());
  EXPECT_THAT(
      problems_of("a,c,b,d,kind"),
      ElementsAre(AllOf(HasSubstr("data.eval.files: value 1 of 'input' is column 'c' in "),
                        HasSubstr("eval.csv:1, but column 'b' in "),
                        HasSubstr("train.csv:1; bring the columns into the same order, or give"))));
  EXPECT_THAT(problems_of("a,b,c,d,sort"), ElementsAre(HasSubstr("of 'label' is column 'sort'")));
  eval.label = "kind";
  EXPECT_THAT(problems_of("kind,a,b,c,d"), IsEmpty());
  EXPECT_THAT(problems_of("a,b,d,kind,c"), ElementsAre(HasSubstr("value 2 of 'input'")));
  train.label = "kind";
  eval.label = "sort";
  EXPECT_THAT(problems_of("a,b,c,d,sort"), IsEmpty());
}

TEST_F(Planning, ColumnsThatAreNamedMayStandAnywhere) {
  auto& train = std::get<config::CsvOptions>(experiment_.data.train);
  train.files = {folder_.write("train.csv", "a,b,c,d,kind\n1,1,1,1,1\n")};
  train.label.reset();
  train.fields["input"] = {.columns = {"a", "b", "c", "d"}};
  train.fields["label"] = {.columns = {"kind"}, .dtype = DType::int64};
  config::CsvOptions eval = train;
  eval.files = {folder_.write("eval.csv", "kind,D,c,b,a\n1,1,1,1,1\n")};
  eval.fields["input"] = {.columns = {"a", "b", "c", "D"}};
  experiment_.data.eval = eval;
  EXPECT_THAT(misfits(experiment_, open_datasets(experiment_), false), IsEmpty());
  eval.fields["input"] = {.columns = {"a", "b", "c", 0}};
  experiment_.data.eval = eval;
  EXPECT_THAT(misfits(experiment_, open_datasets(experiment_), false),
              ElementsAre(HasSubstr("is column 'kind'")));
}

TEST_F(Planning, LabelBeyondTheClassesNamesTheLineAndTheKey) {
  experiment_.model.options = config::ConvnetOptions{{1, 2, 2}, {4}, 2};
  try {
    open_datasets(experiment_);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_THAT(error.what(), HasSubstr("train.csv:3"));
    EXPECT_THAT(error.what(), HasSubstr("model.classes is 2"));
  }
}

TEST_F(Planning, PlanSaysHowTheTrainingIsCut) {
  const run::Plan plan = make_plan(experiment_, open_datasets(experiment_), 2);
  EXPECT_EQ(plan.train_samples, 10);
  EXPECT_EQ(plan.steps_per_epoch, 2);
  EXPECT_EQ(plan.total_steps, 6);
  EXPECT_THAT(plan.lanes_of_worker, ElementsAre(LaneRange{0, 1}, LaneRange{1, 2}));
  EXPECT_EQ(plan.config_hash.size(), 64u);
}

TEST_F(Planning, FilesThatChangedAfterThePlanAreRefused) {
  const run::Plan plan = make_plan(experiment_, open_datasets(experiment_), 1);
  EXPECT_NO_THROW(open_datasets(experiment_, &plan));
  folder_.write("train.csv", "1,2,3,4,0\n");
  EXPECT_THROW(open_datasets(experiment_, &plan), Error);
}

// The text is changed behind the time stamp: who reads the whole file notices.
TEST_F(Planning, TokenFilesAreKnownAgainByThePlanAndByTheCacheOfTheUser) {
  const auto write = [&, time = std::filesystem::file_time_type::clock::now() -
                                std::chrono::hours(1)](const std::string& text) {
    std::filesystem::last_write_time(folder_.write("train.bin", text), time);
  };
  setenv("XDG_CACHE_HOME", (folder_.path() / "cache").c_str(), 1);
  config::TokensOptions tokens;
  tokens.files = {folder_.path() / "train.bin"};
  tokens.dtype = config::TokensOptions::Type::uint8;
  experiment_.data.train = tokens;
  experiment_.model.options = config::GptOptions{.vocabulary = 256, .sequence = 3};
  write("abcdefghijkl");
  const run::Plan plan = make_plan(experiment_, open_datasets(experiment_), 1);
  EXPECT_EQ(plan.train_manifest.at("files")[0].count("modified_ns"), 1u);
  write("ABCDEFGHIJKL");
  EXPECT_EQ(make_plan(experiment_, open_datasets(experiment_), 1).config_hash, plan.config_hash);
  std::filesystem::remove_all(folder_.path() / "cache");
  EXPECT_NO_THROW(open_datasets(experiment_, &plan));
  EXPECT_NE(make_plan(experiment_, open_datasets(experiment_), 1).config_hash, plan.config_hash);
}

TEST_F(Planning, SkippedRecordsAreInThePlanAndWarnedOf) {
  EXPECT_THAT(warnings(experiment_, open_datasets(experiment_)), IsEmpty());
  std::string text = "1,2,x,4,0\n";
  for (int i = 0; i < 10; ++i) text += "1,2,3,4,1\n";
  folder_.write("train.csv", text);
  auto& csv = std::get<config::CsvOptions>(experiment_.data.train);
  csv.bad_records = {config::OnBadRecord::skip, 0.1};
  const Datasets datasets = open_datasets(experiment_);
  EXPECT_THAT(warnings(experiment_, datasets),
              ElementsAre(AllOf(
                  HasSubstr("data.train: 1 bad record of 11 is left out (on_bad_record: skip):\n"),
                  HasSubstr("train.csv:1: column 2 (input): 'x' is not a number"))));
  const run::Plan plan = make_plan(experiment_, datasets, 1);
  EXPECT_EQ(plan.train_samples, 10);
  EXPECT_EQ(plan.records_skipped, 1);
  EXPECT_NO_THROW(open_datasets(experiment_, &plan));
}

// Samples that were trained on make the figures of an evaluation look too good.
TEST_F(Planning, SyntheticEvaluationDataThatAreTrainedOnAreWarnedOf) {
  config::SyntheticOptions train;
  train.samples = 1000;
  train.offset = 50;
  train.shape = {{4}};
  config::SyntheticOptions eval = train;
  eval.samples = 1200;
  const auto said = [&] {
    experiment_.data.train = train;
    experiment_.data.eval = eval;
    return warnings(experiment_, open_datasets(experiment_));
  };
  EXPECT_THAT(said(), ElementsAre("data.eval: 1,000 of 1,200 samples are also trained on; 'offset: "
                                  "1050' takes others"));
  eval.offset = 1049;
  EXPECT_THAT(said(), ElementsAre(HasSubstr("data.eval: 1 of 1,200 samples")));
  eval.offset = 1050;
  EXPECT_THAT(said(), IsEmpty());
  eval.offset = 0;
  eval.samples = 50;
  EXPECT_THAT(said(), IsEmpty());
  eval.offset = 50;
  eval.seed = 2;  // Another rule, and other samples.
  EXPECT_THAT(said(), IsEmpty());
}

}  // namespace
}  // namespace muster::data
