#include "common/checkpoint/store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/checkpoint/manifest.h"
#include "tests/common/checkpoint/stored.h"
#include "tests/common/expect_error.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointStore : public testing::Test {
 protected:
  fs::path folder() const { return folder_ / ""; }

  void write(std::int64_t step, const std::map<std::string, double>& eval = {}) {
    CheckpointState state = state_of(step);
    state.eval = eval;
    write_checkpoint(folder(), {}, state, model_of(), optimizer_of());
  }
  void damage(std::int64_t step) {
    flip_bit(list(folder()).at(index_of(step)).path / kModelFile, 9);
  }
  std::size_t index_of(std::int64_t step) const {
    const std::vector<std::int64_t> all = steps();
    return static_cast<std::size_t>(std::ranges::find(all, step) - all.begin());
  }
  std::vector<std::int64_t> steps() const {
    std::vector<std::int64_t> found;
    for (const StoredCheckpoint& checkpoint : list(folder())) found.push_back(checkpoint.step);
    return found;
  }

  TemporaryFolder folder_;
  std::set<std::int64_t> whole_;  // Steps that are known to be.
};

TEST_F(CheckpointStore, ListsCheckpointsInTheOrderOfTheirSteps) {
  for (const char* name :
       {"step-1000000", "step-000120", "step-000020", ".tmp-1-step-000130", "step-000140.damaged-1",
        "step-50", "step--00001", "step-0000020", "latest", ".generation-1"}) {
    fs::create_directory(folder_ / name);
  }
  EXPECT_THAT(steps(), ElementsAre(20, 120, 1000000));
  EXPECT_THAT(list(folder_ / "missing"), IsEmpty());
}

TEST_F(CheckpointStore, NewestWholeOneWinsAndDamagedOnesAreNamedAndLeft) {
  for (const std::int64_t step : {10, 20, 30, 40}) write(step);
  damage(30);
  damage(40);
  std::vector<std::int64_t> named;
  const auto newest =
      newest_valid(folder(), [&](const StoredCheckpoint& checkpoint, const auto& damages) {
        named.push_back(checkpoint.step);
        EXPECT_THAT(in_words(damages), HasSubstr("model.safetensors is damaged"));
      });
  EXPECT_EQ(newest->step, 20);
  EXPECT_THAT(named, ElementsAre(40, 30));
  EXPECT_THAT(steps(), ElementsAre(10, 20, 30, 40));
}

TEST_F(CheckpointStore, WithoutAWholeOneThereIsNone) {
  EXPECT_FALSE(newest_valid(folder(), {}).has_value());
  write(10);
  damage(10);
  EXPECT_FALSE(newest_valid(folder(), {}).has_value());
}

// Retention removes old ones while somebody looks through them.
TEST_F(CheckpointStore, OneThatIsRemovedWhileOthersAreLookedAtIsNotCalledDamaged) {
  for (const std::int64_t step : {10, 20, 30}) write(step);
  damage(30);
  std::vector<std::int64_t> named;
  const auto newest = newest_valid(folder(), [&](const StoredCheckpoint& checkpoint, const auto&) {
    named.push_back(checkpoint.step);
    fs::remove_all(folder_ / "step-000020");
  });
  EXPECT_EQ(newest->step, 10);
  EXPECT_THAT(named, ElementsAre(30));
}

// A folder that somebody copied would send the training to another step than it says.
TEST_F(CheckpointStore, CheckpointUnderAnotherStepsNameIsDamaged) {
  write(10);
  fs::rename(folder_ / "step-000010", folder_ / "step-000011");
  EXPECT_THAT(in_words(verify(folder_ / "step-000011")), HasSubstr("state of step 10"));
  fs::rename(folder_ / "step-000011", folder_ / "copy");
  EXPECT_THAT(verify(folder_ / "copy"), IsEmpty());
}

TEST_F(CheckpointStore, OpenedOneHasStateAndTensors) {
  write(10, {{"loss", 0.5}});
  const OpenCheckpoint opened = open_checkpoint(folder_ / "step-000010");
  EXPECT_EQ(opened.state.step, 10);
  EXPECT_EQ(opened.state.eval.at("loss"), 0.5);
  std::array<float, 3> values{};
  opened.model.read(opened.model.at("weight"), std::as_writable_bytes(std::span(values)));
  EXPECT_EQ(values, kWeights);
  opened.optimizer->read(opened.optimizer->at("exp_avg.weight"),
                         std::as_writable_bytes(std::span(values)));
  EXPECT_EQ(values, kMoments);
}

TEST_F(CheckpointStore, OpeningNamesTheFileThatIsMissing) {
  write(10);
  fs::remove(folder_ / "step-000010" / kStateFile);
  const Error error = error_of([&] { open_checkpoint(folder_ / "step-000010"); });
  EXPECT_EQ(error.code(), ErrorCode::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("step-000010/state.json"));
}

TEST_F(CheckpointStore, RetainKeepsTheLastAndTheBest) {
  for (const std::int64_t step : {10, 20, 30, 40, 50}) {
    write(step, {{"accuracy", step == 20 ? 0.9 : 0.8}});
  }
  whole_ = {50};
  EXPECT_THAT(retain(folder(), {.keep = 2, .best = "accuracy"}, whole_).removed,
              ElementsAre(10, 30));
  EXPECT_THAT(whole_, ElementsAre(20, 50));
  EXPECT_THAT(folder_.entries(),
              ElementsAre(".generation-1", "step-000020", "step-000040", "step-000050"));
}

TEST_F(CheckpointStore, RetainWithoutANumberKeepsAll) {
  for (const std::int64_t step : {10, 20, 30}) write(step);
  EXPECT_THAT(retain(folder(), {}, whole_).removed, IsEmpty());
  EXPECT_THAT(steps(), ElementsAre(10, 20, 30));
}

TEST_F(CheckpointStore, RetainNeverRemovesTheNewestWholeOne) {
  for (const std::int64_t step : {10, 20, 30}) write(step);
  damage(30);
  EXPECT_THAT(retain(folder(), {.keep = 1}, whole_).removed, ElementsAre(10));
  EXPECT_THAT(steps(), ElementsAre(20, 30));
  damage(20);
  EXPECT_THAT(retain(folder(), {.keep = 1}, whole_).removed, IsEmpty());
}

TEST_F(CheckpointStore, RetainEndsWhatAnEarlierCallLeft) {
  write(10);
  write(20);
  fs::rename(folder_ / "step-000010", folder_ / ".tmp-remove-step-000010");
  retain(folder(), {.keep = 3}, whole_);
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-1", "step-000020"));
}

TEST_F(CheckpointStore, BestStepIsByTheMetricsOwnDirection) {
  write(10, {{"loss", 0.5}, {"accuracy", 0.7}});
  write(20, {{"loss", 0.3}, {"accuracy", 0.9}});
  write(30, {{"loss", 0.4}, {"accuracy", 0.9}});
  write(40);
  EXPECT_EQ(best_step(folder(), "loss", whole_), 20);
  EXPECT_EQ(best_step(folder(), "accuracy", whole_), 20);
  EXPECT_EQ(best_step(folder(), "auc", whole_), std::nullopt);
}

// The checkpoint of step 450 has what was measured at step 400, of other weights.
TEST_F(CheckpointStore, BestStepHasTheWeightsThatWereEvaluated) {
  CheckpointState state = state_of(20);
  state.eval = {{"loss", 0.1}};
  state.eval_step = 10;
  write(10, {{"loss", 0.1}});
  write_checkpoint(folder(), {}, state, model_of(), optimizer_of());
  write(30, {{"loss", 0.2}});
  EXPECT_EQ(best_step(folder(), "loss", whole_), 10);
  fs::remove_all(folder_ / "step-000010");
  EXPECT_EQ(best_step(folder(), "loss", whole_), 30);
}

// Otherwise the damaged one would stay and the best that can be loaded would go.
TEST_F(CheckpointStore, BestStepIsWhole) {
  write(10, {{"loss", 0.2}});
  write(20, {{"loss", 0.1}});
  write(30, {{"loss", 0.3}});
  damage(20);
  EXPECT_EQ(best_step(folder(), "loss", whole_), 10);
  EXPECT_THAT(retain(folder(), {.keep = 1, .best = "loss"}, whole_).removed, ElementsAre(20));
  // What is known is not read again.
  damage(10);
  EXPECT_EQ(best_step(folder(), "loss", whole_), 10);
}

TEST_F(CheckpointStore, BestStepDoesNotBelieveADamagedState) {
  write(10, {{"loss", 0.25}});
  write(20, {{"loss", 0.5}});
  std::string text = read_small_file(folder_ / "step-000020" / kStateFile);
  text.replace(text.find("0.5"), 3, "0.1");
  write_text(folder_ / "step-000020" / kStateFile, text);
  EXPECT_EQ(best_step(folder(), "loss", whole_), 10);
}

}  // namespace
}  // namespace muster::checkpoint
