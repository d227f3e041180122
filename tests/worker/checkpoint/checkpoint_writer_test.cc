#include "worker/checkpoint/checkpoint_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/hash.h"
#include "tests/worker/temporary_run.h"

namespace muster::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::array<float, 3> kWeights = {1.0F, 2.0F, 3.0F};
constexpr std::array<float, 3> kOtherWeights = {1.0F, 2.0F, 3.5F};

class CheckpointWriter : public testing::Test {
 protected:
  static CheckpointState state() {
    return {.step = 120,
            .total_steps = 230,
            .epoch = 10,
            .position = 640,
            .samples_seen = 15010,
            .lanes = 4,
            .seed = 7,
            .config_hash = "c0ffee",
            .version = "0.1.0"};
  }

  PublishedCheckpoint write(std::span<const float> weights = kWeights,
                            const CheckpointState& state = CheckpointWriter::state()) {
    return write_checkpoint(*run_, 1, state,
                            {{"weight", DType::float32, {3}, std::as_bytes(weights)}});
  }

  void expect_refused(std::span<const float> weights, const CheckpointState& state,
                      const std::string& says) {
    try {
      write(weights, state);
      ADD_FAILURE() << "accepted, although it should say: " << says;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      EXPECT_NE(std::string(error.what()).find(checkpoint().string()), std::string::npos);
      EXPECT_NE(std::string(error.what()).find(says), std::string::npos) << error.what();
    }
  }

  fs::path checkpoint() const { return run_->checkpoint(120); }

  static std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  TemporaryRun run_;
};

TEST_F(CheckpointWriter, PublishesThreeFilesAndLeavesNothingElse) {
  const PublishedCheckpoint published = write();
  EXPECT_EQ(published.path, checkpoint().string());
  EXPECT_EQ(names_in(run_->checkpoints()), std::set<std::string>{"step-000120"});
  EXPECT_EQ(names_in(checkpoint()),
            (std::set<std::string>{"MANIFEST.json", "model.safetensors", "state.json"}));
  EXPECT_EQ(published.model_sha256, sha256_of_file((checkpoint() / "model.safetensors").string()));
}

TEST_F(CheckpointWriter, ManifestHasBytesAndHashOfEveryOtherFile) {
  write();
  const auto manifest = nlohmann::json::parse(read_file(checkpoint() / "MANIFEST.json"));
  EXPECT_EQ(manifest.at("schema"), 1);
  ASSERT_EQ(manifest.at("files").size(), 2U);
  for (const auto& [name, entry] : manifest.at("files").items()) {
    EXPECT_EQ(entry.at("bytes"), fs::file_size(checkpoint() / name)) << name;
    EXPECT_EQ(entry.at("xxh3"), xxh3_of_file((checkpoint() / name).string())) << name;
  }
}

TEST_F(CheckpointWriter, StateSaysWhereTheTrainingIs) {
  write();
  EXPECT_EQ(nlohmann::json::parse(read_file(checkpoint() / "state.json")),
            nlohmann::json::parse(R"({
    "schema": 1, "step": 120, "total_steps": 230, "epoch": 10, "position": 640,
    "samples_seen": 15010, "lanes": 4, "seed": 7, "config_hash": "c0ffee", "version": "0.1.0"})"));
}

TEST_F(CheckpointWriter, SameCheckpointTwiceIsAcceptedAndNotRewritten) {
  const PublishedCheckpoint first = write();
  const auto written_at = fs::last_write_time(checkpoint());
  const PublishedCheckpoint second = write();
  EXPECT_EQ(second.model_sha256, first.model_sha256);
  EXPECT_EQ(fs::last_write_time(checkpoint()), written_at);
  EXPECT_EQ(names_in(run_->checkpoints()), std::set<std::string>{"step-000120"});
}

TEST_F(CheckpointWriter, SameCheckpointOfAnotherVersionIsAccepted) {
  write();
  CheckpointState later = state();
  later.version = "0.2.0";
  EXPECT_NO_THROW(write(kWeights, later));
}

TEST_F(CheckpointWriter, OtherWeightsUnderThatNameAreRefusedAndLeftAlone) {
  const PublishedCheckpoint first = write();
  expect_refused(kOtherWeights, state(), "other weights");
  EXPECT_EQ(sha256_of_file((checkpoint() / "model.safetensors").string()), first.model_sha256);
}

TEST_F(CheckpointWriter, OtherStateUnderThatNameIsRefused) {
  write();
  CheckpointState other = state();
  other.position = 0;
  expect_refused(kWeights, other, "another state.json");
}

// The manifest says the right thing; the file does not.
TEST_F(CheckpointWriter, DamagedFileUnderThatNameIsRefused) {
  write();
  {
    std::fstream file(checkpoint() / "model.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('\x7f');
  }
  expect_refused(kWeights, state(), "model.safetensors is damaged");
}

TEST_F(CheckpointWriter, FolderWithoutManifestUnderThatNameIsRefused) {
  fs::create_directory(checkpoint());
  expect_refused(kWeights, state(), "MANIFEST.json");
}

TEST_F(CheckpointWriter, ManifestThatIsNotOneIsRefused) {
  write();
  std::ofstream(checkpoint() / "MANIFEST.json") << R"({"schema": 1, "files": [3]})";
  expect_refused(kWeights, state(), "not a checkpoint's manifest");
}

TEST_F(CheckpointWriter, LeftoversOfAnInterruptedAttemptAreReplaced) {
  const fs::path leftover = run_->checkpoints() / ".tmp-1-step-000120";
  fs::create_directory(leftover);
  std::ofstream(leftover / "model.safetensors") << "half";
  write();
  EXPECT_EQ(names_in(run_->checkpoints()), std::set<std::string>{"step-000120"});
}

TEST_F(CheckpointWriter, StorageThatFailsIsAnErrorOfStorage) {
  fs::remove(run_->checkpoints());
  try {
    write();
    ADD_FAILURE() << "wrote into a folder that does not exist";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::storage);
  }
}

}  // namespace
}  // namespace muster::worker
