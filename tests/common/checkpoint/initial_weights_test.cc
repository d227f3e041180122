// Which file a training starts from: its hash becomes part of the experiment.
#include "common/checkpoint/initial_weights.h"

#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "common/hash.h"
#include "tests/common/checkpoint/encoded.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::checkpoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::array<float, 2> kFloats = {1.5F, -2.5F};

class InitialWeightsFile : public testing::Test {
 protected:
  InitialWeightsFile() {
    write_text(path_, encoded({{"w", DType::float32, {2}, bytes_of(kFloats)}}));
    initial().file = path_;
  }

  config::InitialWeights& initial() {
    return config::initial_weights_of(experiment_.model.options);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "w.safetensors";
  config::Experiment experiment_;
};

TEST_F(InitialWeightsFile, BecomesPartOfTheExperimentByItsHash) {
  int pieces = 0;
  identify_initial_weights(experiment_, [&pieces] { ++pieces; });
  EXPECT_EQ(initial().sha256, sha256_of_file(path_.string()));
  EXPECT_EQ(pieces, 1);
  identify_initial_weights(experiment_);  // The pinned one is the same.
}

TEST_F(InitialWeightsFile, WithAnotherHashThanThePinnedOneIsRefusedWithBoth) {
  initial().sha256 = std::string(64, 'a');
  const Error error = error_of([&] { identify_initial_weights(experiment_); });
  EXPECT_EQ(error.code(), ErrorCode::corrupt);
  EXPECT_THAT(error.what(),
              AllOf(HasSubstr("model.init: " + path_.string()),
                    HasSubstr(sha256_of_file(path_.string())), HasSubstr(std::string(64, 'a'))));
  EXPECT_THAT(error.hint(), HasSubstr("model.init_sha256"));
}

TEST_F(InitialWeightsFile, ThatIsMissingOrCutIsRefusedByName) {
  const std::string whole = read_file(path_);
  write_text(path_, whole.substr(0, whole.size() - 1));
  const Error cut = error_of([&] { identify_initial_weights(experiment_); });
  EXPECT_EQ(cut.code(), ErrorCode::corrupt);
  EXPECT_THAT(cut.what(), HasSubstr("model.init: " + path_.string()));

  std::filesystem::remove(path_);
  const Error missing = error_of([&] { identify_initial_weights(experiment_); });
  EXPECT_THAT(missing.what(), AllOf(HasSubstr("model.init: "), HasSubstr("cannot be opened")));
}

TEST_F(InitialWeightsFile, IsNotLookedForWhereNoneIsGiven) {
  initial().file.reset();
  identify_initial_weights(experiment_);
  EXPECT_FALSE(initial().sha256);
}

}  // namespace
}  // namespace muster::checkpoint
