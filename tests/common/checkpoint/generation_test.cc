#include "common/checkpoint/generation.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::checkpoint {
namespace {

using testing::ElementsAre;

TEST(Generation, LargestNumberHasTheFolder) {
  const TemporaryFolder folder;
  EXPECT_EQ(present_generation(folder / ""), 0);
  claim_folder(folder / "", 2);
  claim_folder(folder / "", 2);
  claim_folder(folder / "", 10);
  EXPECT_EQ(present_generation(folder / ""), 10);
  EXPECT_THAT(folder.entries(), ElementsAre(".generation-10"));
  EXPECT_EQ(code_of_error([&] { claim_folder(folder / "", 9); }), ErrorCode::aborted);
}

// Both looked before either made its file: the larger number counts.
TEST(Generation, ClaimsAtTheSameTimeDoNotOverwriteEachOther) {
  const TemporaryFolder folder;
  write_text(folder / ".generation-3", "");
  write_text(folder / ".generation-2", "");
  EXPECT_EQ(present_generation(folder / ""), 3);
}

TEST(Generation, OneThatEndsLeavesNothingUnfinished) {
  const TemporaryFolder folder;
  claim_folder(folder / "", 2);
  for (const char* name : {".tmp-1-step-000010", ".tmp-2-step-000120", ".tmp-3-step-000180",
                           ".tmp-remove-step-000060", "step-000060"}) {
    std::filesystem::create_directory(folder / name);
  }
  write_text(folder / ".tmp-2-step-000120" / "model.safetensors", "half");
  remove_unfinished(folder / "", 2);
  EXPECT_THAT(folder.entries(), ElementsAre(".generation-2", ".tmp-3-step-000180",
                                            ".tmp-remove-step-000060", "step-000060"));
  remove_unfinished(folder / "missing", 2);
}

TEST(Generation, OtherNamesAreLeftAlone) {
  const TemporaryFolder folder;
  for (const char* name : {".tmp-remove-step-000060", ".generation-x", "step-000060", "notes"}) {
    write_text(folder / name, "");
  }
  claim_folder(folder / "", 2);
  EXPECT_THAT(folder.entries(), ElementsAre(".generation-2", ".generation-x",
                                            ".tmp-remove-step-000060", "notes", "step-000060"));
}

}  // namespace
}  // namespace muster::checkpoint
