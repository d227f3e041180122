// `muster checkpoint` on checkpoints that were written without a training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/checkpoint/manifest.h"
#include "tests/common/checkpoint/stored.h"
#include "tests/coordinator/cli/program_fixture.h"

namespace muster::coordinator::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CheckpointCommand : public Program {
 protected:
  void SetUp() override {
    Program::SetUp();
    fs::create_directories(checkpoints());
    write("made/plan.json", "{}");
    write("made/experiment.yaml", kGoodExperiment);
    checkpoint::write_step(checkpoints(), 60);
    checkpoint::write_step(checkpoints(), 120);
  }

  std::string run() const { return (folder_ / "made").string(); }
  fs::path checkpoints() const { return folder_ / "made" / "checkpoints"; }
  void damage_newest() const {
    checkpoint::flip_bit(checkpoints() / "step-000120" / checkpoint::kModelFile, 1);
  }
};

TEST_F(CheckpointCommand, ListShowsEachWithWhetherItIsWhole) {
  damage_newest();
  const ProgramOutput listed = muster({"checkpoint", "list", run(), "--verify"});
  EXPECT_EQ(listed.status, 0);
  EXPECT_THAT(listed.out, AllOf(HasSubstr("step"), HasSubstr("accuracy 0.3"), HasSubstr("whole"),
                                HasSubstr("damaged")));
  const auto json =
      nlohmann::json::parse(muster({"checkpoint", "list", run(), "--verify", "--json"}).out);
  EXPECT_EQ(json.at("checkpoints").size(), 2U);
  EXPECT_EQ(json.at("checkpoints").at(0).at("step"), 60);
  EXPECT_EQ(json.at("checkpoints").at(0).at("whole"), true);
  EXPECT_EQ(json.at("whole"), false);
}

// Reading every byte of every checkpoint may take minutes.
TEST_F(CheckpointCommand, ListDoesNotReadTensorsUnlessAsked) {
  damage_newest();  // A bit of a tensor.
  EXPECT_THAT(muster({"checkpoint", "list", run()}).out, Not(HasSubstr("damaged")));
  fs::resize_file(checkpoints() / "step-000060" / checkpoint::kModelFile, 10);
  const ProgramOutput listed = muster({"checkpoint", "list", run()});
  EXPECT_THAT(listed.out, AllOf(HasSubstr("complete"), HasSubstr("damaged")));
  const auto json = nlohmann::json::parse(muster({"checkpoint", "list", run(), "--json"}).out);
  EXPECT_EQ(json.at("complete"), false);
  EXPECT_EQ(json.at("checkpoints").at(1).at("complete"), true);
  EXPECT_EQ(json.at("checkpoints").at(1).at("eval_step"), 120);
}

// The checkpoint between two evaluations has the numbers of other weights.
TEST_F(CheckpointCommand, ListShowsTheMetricsOfTheVeryWeightsOnly) {
  checkpoint::CheckpointState state = checkpoint::state_of(180);
  state.eval = {{"accuracy", 0.875}};
  state.eval_step = 120;
  write_checkpoint(checkpoints(), {}, state, checkpoint::model_of(), {});
  EXPECT_THAT(muster({"checkpoint", "list", run()}).out, Not(HasSubstr("0.875")));
}

TEST_F(CheckpointCommand, VerifyEndsWith65AndNamesEveryDamagedFile) {
  EXPECT_EQ(muster({"checkpoint", "verify", run()}).status, 0);
  damage_newest();
  checkpoint::flip_bit(checkpoints() / "step-000120" / checkpoint::kStateFile, 1);
  const ProgramOutput verified = muster({"checkpoint", "verify", run()});
  EXPECT_EQ(verified.status, 65);
  EXPECT_THAT(verified.out,
              AllOf(HasSubstr("step-000060: whole"), HasSubstr("step-000120: damaged"),
                    HasSubstr("model.safetensors: is damaged"), HasSubstr("state.json: ")));
  EXPECT_EQ(muster({"checkpoint", "verify", (checkpoints() / "step-000060").string()}).status, 0);
  EXPECT_EQ(
      muster({"checkpoint", "verify", (checkpoints() / "step-000120/").string(), "--json"}).status,
      65);
}

TEST_F(CheckpointCommand, ExportCopiesTheNewestWholeOneAndRefusesToOverwrite) {
  damage_newest();
  const std::string out = (folder_ / "out").string();
  const ProgramOutput exported = muster({"checkpoint", "export", run(), out});
  EXPECT_EQ(exported.status, 0) << exported.err;
  EXPECT_EQ(read_file(out + "/model.safetensors"),
            read_file(checkpoints() / "step-000060" / checkpoint::kModelFile));
  const auto config = nlohmann::json::parse(read_file(out + "/config.json"));
  EXPECT_EQ(config.at("model").at("name"), "mlp");
  EXPECT_EQ(config.at("step"), 60);
  const ProgramOutput again = muster({"checkpoint", "export", run(), out});
  EXPECT_EQ(again.status, 64);
  EXPECT_THAT(again.err, HasSubstr("exists already"));
}

TEST_F(CheckpointCommand, ExportOfAStepThatIsMissingOrDamagedSaysSo) {
  damage_newest();
  const std::string out = (folder_ / "out").string();
  const ProgramOutput missing = muster({"checkpoint", "export", run() + ":90", out});
  EXPECT_EQ(missing.status, 64);
  EXPECT_THAT(missing.err, AllOf(HasSubstr("no checkpoint of step 90"), HasSubstr("60, 120")));
  const ProgramOutput damaged = muster({"checkpoint", "export", run() + ":120", out});
  EXPECT_EQ(damaged.status, 65);
  EXPECT_THAT(damaged.err, HasSubstr("model.safetensors is damaged"));
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(muster({"checkpoint", "export", run() + ":60", out}).status, 0);
}

TEST_F(CheckpointCommand, ExportTakesTheFolderOfACheckpointAsVerifyDoes) {
  const std::string one = (checkpoints() / "step-000060").string();
  const ProgramOutput exported = muster({"checkpoint", "export", one, (folder_ / "a").string()});
  EXPECT_EQ(exported.status, 0) << exported.err;
  EXPECT_EQ(read_file(folder_ / "a/model.safetensors"),
            read_file(checkpoints() / "step-000060" / checkpoint::kModelFile));
  damage_newest();
  const std::string damaged = (checkpoints() / "step-000120/").string();
  EXPECT_EQ(muster({"checkpoint", "export", damaged, (folder_ / "b").string()}).status, 65);
}

}  // namespace
}  // namespace muster::coordinator::cli
