// Loading in one pass: what arrives is what was written, and what was damaged is passed over.
#include "common/checkpoint/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "common/checkpoint/manifest.h"
#include "common/error.h"
#include "common/text.h"
#include "tests/common/checkpoint/stored.h"
#include "tests/common/expect_error.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<float, 3> kOtherWeights = {1.0F, 2.0F, 3.5F};

class Load : public testing::Test {
 protected:
  Load() {
    write_checkpoint(folder(), {}, state_of(60), model_of(kOtherWeights), optimizer_of());
    write_step(folder(), 120);
  }

  Receiver receiver() {
    return {.accept = [this](const LoadedCheckpoint& found) { offered_.push_back(found); },
            .model = [this](const SafetensorsFile& file) { return place(file, weights_); },
            .optimizer = [this](const SafetensorsFile& file) { return place(file, moments_); }};
  }

  static Places place(const SafetensorsFile& file, std::array<float, 3>& memory) {
    if (file.tensors().size() != 1 || file.tensors().front().bytes() != sizeof(memory)) {
      throw Error(ErrorCode::invalid, "of another model");
    }
    return {std::as_writable_bytes(std::span(memory))};
  }

  /// The step that was loaded, -1 for none.
  std::int64_t newest() {
    damaged_.clear();
    const auto loaded = load_newest_valid(
        folder(), receiver(),
        [this](const StoredCheckpoint& checkpoint, const std::vector<Damage>& damages) {
          damaged_.push_back(concat(checkpoint.step, " ", damages.front().file));
        });
    return loaded ? loaded->state.step : -1;
  }

  fs::path folder() const { return folder_ / ""; }
  fs::path file(const char* name) const { return folder_ / "step-000120" / name; }

  TemporaryFolder folder_;
  std::vector<LoadedCheckpoint> offered_;
  std::vector<std::string> damaged_;
  std::array<float, 3> weights_ = {};
  std::array<float, 3> moments_ = {};
};

TEST_F(Load, NewestArrivesAsItWasWritten) {
  const auto loaded = load_newest_valid(folder(), receiver(), {});
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->path, folder_ / "step-000120");
  EXPECT_EQ(loaded->state, state_of(120));
  EXPECT_TRUE(loaded->has_optimizer);
  EXPECT_EQ(weights_, kWeights);
  EXPECT_EQ(moments_, kMoments);
}

TEST_F(Load, LargerThanOnePieceArrivesToo) {
  std::vector<float> large(std::size_t{1} << 20);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<float>(i);
  const TensorView scalar{"a", DType::float32, {}, std::as_bytes(std::span(kWeights).first(1))};
  const TensorView tensor{"b", DType::float32, {1024, 1024}, std::as_bytes(std::span(large))};
  write_checkpoint(folder(), {}, state_of(180), {scalar, tensor}, {});
  float first = 0;
  std::vector<float> rest(large.size());
  std::atomic<int> calls = 0;
  Receiver taker = receiver();
  taker.model = [&](const SafetensorsFile&) -> Places {
    return {std::as_writable_bytes(std::span(&first, 1)), std::as_writable_bytes(std::span(rest))};
  };
  taker.progressed = [&calls] { ++calls; };
  const LoadedCheckpoint loaded = load(folder_ / "step-000180", taker);
  EXPECT_FALSE(loaded.has_optimizer);
  EXPECT_EQ(first, 1.0F);
  EXPECT_EQ(rest, large);
  EXPECT_GE(calls, 4);
}

TEST_F(Load, RefusedBeforeAnyTensor) {
  Receiver refusing = receiver();
  refusing.accept = [](const LoadedCheckpoint&) { throw Error(ErrorCode::invalid, "not mine"); };
  EXPECT_EQ(code_of_error([&] { load_newest_valid(folder(), refusing, {}); }), ErrorCode::invalid);
  EXPECT_EQ(weights_, (std::array<float, 3>{}));
}

// A header that is damaged may name other tensors; only a whole one is of another model.
TEST_F(Load, AnotherModelIsRefusedAndADamagedHeaderPassedOver) {
  Receiver other = receiver();
  other.model = [](const SafetensorsFile& found) -> Places {
    if (found.find("weight") != nullptr) throw Error(ErrorCode::invalid, "of another model");
    return {};
  };
  EXPECT_EQ(code_of_error([&] { load(folder_ / "step-000120", other); }), ErrorCode::invalid);
  flip_bit(file(kModelFile), 8 * 9);
  EXPECT_EQ(code_of_error([&] { load(folder_ / "step-000120", other); }), ErrorCode::corrupt);
  EXPECT_EQ(newest(), 60);
}

TEST_F(Load, DamagedOneIsAnErrorThatNamesTheFile) {
  flip_bit(file(kOptimizerFile), 8 * (fs::file_size(file(kOptimizerFile)) - 1));
  const Error error = error_of([&] { load(folder_ / "step-000120", receiver()); });
  EXPECT_EQ(error.code(), ErrorCode::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("optimizer.safetensors is damaged"));
}

TEST_F(Load, NothingWholeIsNothing) {
  fs::remove(file(kManifestFile));
  fs::remove(folder_ / "step-000060" / kModelFile);
  EXPECT_EQ(newest(), -1);
  EXPECT_THAT(damaged_, ElementsAre("120 MANIFEST.json", "60 model.safetensors"));
}

class LoadDamage : public Load, public testing::WithParamInterface<const char*> {
 protected:
  void expect_passed_over(const std::string& what) {
    ASSERT_EQ(newest(), 60) << what;
    ASSERT_THAT(damaged_, ElementsAre(concat("120 ", GetParam()))) << what;
    ASSERT_EQ(weights_, kOtherWeights) << what;
    ASSERT_EQ(moments_, kMoments) << what;
  }
};

TEST_P(LoadDamage, EveryFlippedBitIsPassedOver) {
  for (std::size_t bit = 0; bit < 8 * fs::file_size(file(GetParam())); ++bit) {
    flip_bit(file(GetParam()), bit);
    expect_passed_over("bit " + std::to_string(bit));
    if (HasFatalFailure()) return;
    flip_bit(file(GetParam()), bit);
  }
  EXPECT_EQ(newest(), 120);
}

TEST_P(LoadDamage, EveryTruncationIsPassedOver) {
  for (std::size_t length = fs::file_size(file(GetParam())); length-- > 0;) {
    fs::resize_file(file(GetParam()), length);
    expect_passed_over(std::to_string(length) + " bytes");
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, LoadDamage,
                         testing::Values(kModelFile, kOptimizerFile, kStateFile, kManifestFile),
                         [](const auto& chosen) {
                           const std::string name = chosen.param;
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace muster::checkpoint
