#include "common/checkpoint/checkpoint_writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/store.h"
#include "common/hash.h"
#include "tests/common/checkpoint/stored.h"
#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<float, 3> kOtherWeights = {1.0F, 2.0F, 3.5F};

class CheckpointWriter : public testing::Test {
 protected:
  PublishedCheckpoint write(std::span<const float> weights = kWeights,
                            const CheckpointState& state = state_of(),
                            const Publisher& publisher = {.generation = 1}) {
    return write_checkpoint(folder(), publisher, state, model_of(weights), optimizer_of());
  }

  void expect_refused(std::span<const float> weights, const CheckpointState& state,
                      const std::string& says) {
    const Error error = error_of([&] { write(weights, state); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_THAT(error.what(), HasSubstr(checkpoint().string()));
    EXPECT_THAT(error.what(), HasSubstr(says));
  }

  fs::path folder() const { return folder_ / ""; }
  fs::path checkpoint() const { return folder_ / "step-000120"; }

  static std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(CheckpointWriter, PublishesItsFilesAndLeavesNothingElse) {
  const PublishedCheckpoint published = write();
  EXPECT_EQ(published.path, checkpoint());
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-1", "step-000120"));
  EXPECT_THAT(names_in(checkpoint()), ElementsAre("MANIFEST.json", "model.safetensors",
                                                  "optimizer.safetensors", "state.json"));
  EXPECT_EQ(published.model_sha256, sha256_of_file((checkpoint() / kModelFile).string()));
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(checkpoint())) bytes += entry.file_size();
  EXPECT_EQ(published.bytes, bytes);
}

// Of all that is written and that the disk takes, and of all that is hashed where the same is there
// already.
TEST_F(CheckpointWriter, ProgressIsToldAfterEveryPiece) {
  const std::vector<float> large(std::size_t{1} << 20);  // 4 MiB: 4 pieces, and the file's head.
  const auto shape = static_cast<std::int64_t>(large.size());
  const TensorView tensor{"weight", DType::float32, {shape}, std::as_bytes(std::span(large))};
  std::atomic<int> calls = 0;
  const Publisher publisher{.progressed = [&calls] { ++calls; }};
  constexpr int kPieces = 5 + 5 + 1;
  write_checkpoint(folder(), publisher, state_of(), {tensor}, {tensor});
  EXPECT_GE(calls, kPieces);  // And what the disk has taken, where the file system tells.
  calls = 0;
  write_checkpoint(folder(), publisher, state_of(), {tensor}, {tensor});
  EXPECT_GE(calls, 2 * kPieces);
}

TEST_F(CheckpointWriter, FilesAreThoseOfTheEncoder) {
  write();
  EXPECT_EQ(read_file(checkpoint() / kModelFile), encoded(model_of()));
  EXPECT_EQ(read_file(checkpoint() / kOptimizerFile), encoded(optimizer_of()));
}

TEST_F(CheckpointWriter, WithoutOptimizerThereIsNoFileOfIt) {
  write_checkpoint(folder(), {}, state_of(), model_of(), {});
  EXPECT_FALSE(fs::exists(checkpoint() / kOptimizerFile));
  EXPECT_TRUE(verify(checkpoint()).empty());
}

TEST_F(CheckpointWriter, ManifestHasBytesAndHashOfEveryOtherFile) {
  write();
  const auto manifest = nlohmann::json::parse(read_file(checkpoint() / "MANIFEST.json"));
  EXPECT_EQ(manifest.at("schema"), 1);
  ASSERT_EQ(manifest.at("files").size(), 3U);
  for (const auto& [name, entry] : manifest.at("files").items()) {
    EXPECT_EQ(entry.at("bytes"), fs::file_size(checkpoint() / name)) << name;
    EXPECT_EQ(entry.at("xxh3"), xxh3_of_file((checkpoint() / name).string())) << name;
  }
}

TEST_F(CheckpointWriter, SameCheckpointTwiceIsAcceptedAndNotRewritten) {
  const PublishedCheckpoint first = write();
  const auto written_at = fs::last_write_time(checkpoint());
  const PublishedCheckpoint second = write();
  EXPECT_EQ(second.model_sha256, first.model_sha256);
  EXPECT_EQ(fs::last_write_time(checkpoint()), written_at);
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-1", "step-000120"));
}

TEST_F(CheckpointWriter, SameCheckpointOfAnotherVersionIsAccepted) {
  write();
  CheckpointState later = state_of();
  later.version = "0.2.0";
  EXPECT_NO_THROW(write(kWeights, later));
}

TEST_F(CheckpointWriter, OtherWeightsUnderThatNameAreRefusedAndLeftAlone) {
  const PublishedCheckpoint first = write();
  expect_refused(kOtherWeights, state_of(), "other weights");
  EXPECT_EQ(sha256_of_file((checkpoint() / "model.safetensors").string()), first.model_sha256);
}

TEST_F(CheckpointWriter, OtherStateUnderThatNameIsRefused) {
  write();
  CheckpointState other = state_of();
  other.position = 0;
  expect_refused(kWeights, other, "another state.json");
}

// Steps are done again after a restart from an older checkpoint, past one that was found damaged.
TEST_F(CheckpointWriter, DamagedOneUnderThatNameIsMovedAsideAndReplaced) {
  write();
  const fs::path aside = folder_ / "step-000120.damaged-1";
  for (const char* file :
       {"model.safetensors", "optimizer.safetensors", "state.json", "MANIFEST.json"}) {
    flip_bit(checkpoint() / file, 77);
    const PublishedCheckpoint published = write();
    EXPECT_EQ(published.moved_aside, aside) << file;
    EXPECT_THAT(published.damage, HasSubstr(file));
    EXPECT_TRUE(verify(checkpoint()).empty());
    EXPECT_FALSE(verify(aside).empty());
    fs::remove_all(aside);
  }
}

TEST_F(CheckpointWriter, EveryDamagedOneIsKept) {
  for (const char* name : {"step-000120.damaged-1", "step-000120.damaged-2"}) {
    write();
    flip_bit(checkpoint() / kModelFile, 0);
    EXPECT_EQ(write().moved_aside, folder_ / name);
  }
}

TEST_F(CheckpointWriter, FolderWithoutManifestUnderThatNameIsMovedAside) {
  fs::create_directory(checkpoint());
  EXPECT_THAT(write().damage, HasSubstr("MANIFEST.json"));
}

TEST_F(CheckpointWriter, LeftoversOfAnInterruptedAttemptAreReplaced) {
  const fs::path leftover = folder_ / ".tmp-1-step-000120";
  fs::create_directory(leftover);
  std::ofstream(leftover / "model.safetensors") << "half";
  write();
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-1", "step-000120"));
}

TEST_F(CheckpointWriter, StorageThatFailsIsAnErrorOfStorage) {
  const Error error =
      error_of([&] { write_checkpoint(folder_ / "missing", {}, state_of(), model_of(), {}); });
  EXPECT_EQ(error.code(), ErrorCode::storage);
}

// Whatever file the disk is full at: the checkpoint before stays, and nothing is left of this one.
TEST_F(CheckpointWriter, FullDiskLeavesTheOneBeforeAndNothingElse) {
  write_step(folder(), 60);
  const std::vector<std::string> before = folder_.entries();
  for (const rlim_t bytes : {0U, 1U, 20U, 100U, 140U, 165U, 300U}) {
    const FileSizeLimit limit(bytes);
    EXPECT_EQ(code_of_error([&] { write(); }), ErrorCode::storage) << bytes;
    EXPECT_EQ(folder_.entries(), before) << bytes;
  }
  EXPECT_TRUE(verify(folder_ / "step-000060").empty());
  EXPECT_NO_THROW(write());
}

TEST_F(CheckpointWriter, OlderGenerationPublishesNothing) {
  write_step(folder(), 60, 2);
  const Error error = error_of([&] { write(); });
  EXPECT_EQ(error.code(), ErrorCode::aborted);
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-2", "step-000060"));
}

TEST_F(CheckpointWriter, GenerationThatIsReplacedWhileItWritesPublishesNothing) {
  const Publisher publisher{.generation = 1, .is_superseded = [] { return true; }};
  EXPECT_EQ(code_of_error([&] { write(kWeights, state_of(), publisher); }), ErrorCode::aborted);
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-1"));
}

TEST_F(CheckpointWriter, NewerGenerationRemovesWhatOlderOnesLeft) {
  for (const char* name : {".tmp-1-step-000120", ".tmp-2-step-000120", ".tmp-4-step-000120"}) {
    fs::create_directory(folder_ / name);
    write_text(folder_ / name / kModelFile, "half");
  }
  write_step(folder(), 60, 3);
  EXPECT_THAT(folder_.entries(), ElementsAre(".generation-3", ".tmp-4-step-000120", "step-000060"));
}

}  // namespace
}  // namespace muster::checkpoint
