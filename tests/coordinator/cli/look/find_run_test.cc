#include "coordinator/cli/look/find_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::coordinator::cli::look {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FindRun : public testing::Test {
 protected:
  /// A run that was started `age` seconds ago.
  void make(const std::string& name, int age) {
    std::filesystem::create_directories(root() / name);
    write_text(root() / name / "plan.json", "{}");
    std::filesystem::last_write_time(
        root() / name / "plan.json",
        std::filesystem::file_time_type::clock::now() - std::chrono::seconds(age));
  }

  std::filesystem::path root() const { return folder_ / ""; }

  TemporaryFolder folder_;
};

TEST_F(FindRun, TakesTheNewestWithoutAName) {
  make("a-0002", 30);
  make("b-0001", 10);
  make("a-0001", 20);
  std::filesystem::create_directories(root() / "no-run");
  EXPECT_EQ(find_run("", root()).name(), "b-0001");
  EXPECT_EQ(runs_in(root()).size(), 3u);
}

TEST_F(FindRun, TakesANameOrAPathAlsoWithASlashAtItsEnd) {
  make("a-0001", 10);
  EXPECT_EQ(find_run("a-0001", root()).name(), "a-0001");
  EXPECT_EQ(find_run((root() / "a-0001/").string(), "/nowhere").name(), "a-0001");
}

TEST_F(FindRun, SuggestsWhatComesNear) {
  make("digits-0001", 20);
  make("digits-0002", 10);
  const Error error = error_of([&] { find_run("digits-001", root()); });
  EXPECT_EQ(error.code(), ErrorCode::invalid);
  EXPECT_THAT(error.what(), HasSubstr("there is no run 'digits-001'"));
  EXPECT_THAT(error.hint(), HasSubstr("digits-0001"));
  EXPECT_THAT(error_of([&] { find_run("zzz", root()); }).hint(), HasSubstr("'muster list'"));
}

TEST_F(FindRun, SaysWhenThereAreNoRunsOrAFolderIsNone) {
  EXPECT_THAT(error_of([&] { find_run("", root() / "runs"); }).what(), HasSubstr("no runs in"));
  EXPECT_THAT(error_of([&] { find_run(root().string(), root() / "runs"); }).what(),
              HasSubstr("is no run: it has no plan.json"));
}

TEST(NearNames, AnExperimentsNameMeansItsNewestRun) {
  EXPECT_THAT(near_names("digits", {"digits-0001", "gpt-0001", "digits-0002"}),
              ElementsAre("digits-0002", "digits-0001"));
}

}  // namespace
}  // namespace muster::coordinator::cli::look
