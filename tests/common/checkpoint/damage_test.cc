// Every single-bit flip and every truncation length of every file of a small checkpoint.
#include <gtest/gtest.h>

#include <filesystem>

#include "common/checkpoint/manifest.h"
#include "common/checkpoint/store.h"
#include "tests/common/checkpoint/stored.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;

class CheckpointDamage : public testing::TestWithParam<const char*> {
 protected:
  CheckpointDamage() {
    write_step(folder_ / "", 120);
    file_ = folder_ / "step-000120" / GetParam();
  }

  void expect_refused(const std::string& what) const {
    const std::vector<Damage> damages = verify(file_.parent_path());
    ASSERT_EQ(damages.size(), 1U) << what;
    EXPECT_EQ(damages.front().file, GetParam()) << what << ": " << damages.front().what;
  }

  TemporaryFolder folder_;
  fs::path file_;
};

// Changed in place: some file systems wait for the disk when a file is made anew.
TEST_P(CheckpointDamage, EveryFlippedBitIsRefusedWithTheFileNamed) {
  for (std::size_t bit = 0; bit < 8 * fs::file_size(file_); ++bit) {
    flip_bit(file_, bit);
    expect_refused("bit " + std::to_string(bit));
    if (HasFatalFailure()) return;
    flip_bit(file_, bit);
  }
  EXPECT_TRUE(verify(file_.parent_path()).empty());
}

TEST_P(CheckpointDamage, EveryTruncationIsRefusedWithTheFileNamed) {
  for (std::size_t length = fs::file_size(file_); length-- > 0;) {
    fs::resize_file(file_, length);
    expect_refused(std::to_string(length) + " bytes");
    if (HasFatalFailure()) return;
  }
}

TEST_P(CheckpointDamage, MissingFileIsNamed) {
  fs::remove(file_);
  const std::vector<Damage> damages = verify(file_.parent_path());
  ASSERT_EQ(damages.size(), 1U);
  EXPECT_EQ(damages.front().file, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Files, CheckpointDamage,
                         testing::Values(kModelFile, kOptimizerFile, kStateFile, kManifestFile),
                         [](const auto& chosen) {
                           const std::string name = chosen.param;
                           return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace muster::checkpoint
