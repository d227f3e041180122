// Names of runs, names of their files, and that two runs never share a folder.
#include "common/run/run_directory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

namespace fs = std::filesystem;

TEST(RunDirectory, NamesItsFiles) {
  const RunDirectory run("runs/digits-0007");
  EXPECT_EQ(run.name(), "digits-0007");
  EXPECT_EQ(run.worker_log(12, 3), "runs/digits-0007/log/worker-12.3.log");
  EXPECT_EQ(run.launcher_log(3), "runs/digits-0007/log/launcher.3.log");
  EXPECT_EQ(run.checkpoint(120), "runs/digits-0007/checkpoints/step-000120");
  EXPECT_EQ(run.checkpoint(12345678), "runs/digits-0007/checkpoints/step-12345678");
}

TEST(RunRoot, IsTheExperimentsThenTheEnvironmentsThenRuns) {
  config::Experiment experiment;
  unsetenv("MUSTER_RUNS");
  EXPECT_EQ(run_root(experiment), fs::current_path() / "runs");
  setenv("MUSTER_RUNS", "", 1);
  EXPECT_EQ(run_root(experiment), fs::current_path() / "runs");
  setenv("MUSTER_RUNS", "/scratch/mine", 1);
  EXPECT_EQ(run_root(experiment), "/scratch/mine");
  experiment.output.dir = "/data/runs";
  EXPECT_EQ(run_root(experiment), "/data/runs");
  unsetenv("MUSTER_RUNS");
}

TEST(CreateRunDirectory, CountsUpAndMakesTheSubFolders) {
  const TemporaryFolder folder;
  const CreateOptions options{.root = folder / "new/runs", .name = "digits", .exactly = {}};
  EXPECT_EQ(create_run_directory(options).name(), "digits-0001");
  const RunDirectory second = create_run_directory(options);
  EXPECT_EQ(second.name(), "digits-0002");
  EXPECT_TRUE(second.path().is_absolute());
  for (const fs::path& made :
       {second.journal(), second.log(), second.flight(), second.checkpoints()}) {
    EXPECT_TRUE(fs::is_directory(made)) << made;
  }
}

TEST(CreateRunDirectory, GoesOnAfterTheLargestNumberOfItsName) {
  const TemporaryFolder folder;
  for (const char* name : {"digits-0003", "digits-9999", "digits-big-0001", "digits-x", "digits-",
                           "digit-12000", "digits-12a", "digits--5"}) {
    fs::create_directory(folder / name);
  }
  const CreateOptions options{.root = folder / "", .name = "digits", .exactly = {}};
  EXPECT_EQ(create_run_directory(options).name(), "digits-10000");
}

TEST(CreateRunDirectory, ManyAtOnceGetDifferentFolders) {
  const TemporaryFolder folder;
  std::vector<std::string> names(8);
  std::vector<std::thread> threads;
  for (std::string& name : names) {
    threads.emplace_back([&] {
      name = create_run_directory({.root = folder / "runs", .name = "a", .exactly = {}}).name();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
}

TEST(RunName, IsWhatTheKeyNameAllows) {
  for (const char* good : {"a", "digits-2", "A.b_c", "9"}) EXPECT_TRUE(is_run_name(good)) << good;
  for (const char* bad : {"", "foo/bar", "my run", ".hidden", "-x", "../up", "\303\244"}) {
    EXPECT_FALSE(is_run_name(bad)) << bad;
  }
  EXPECT_TRUE(is_run_name(std::string(64, 'x')));
  EXPECT_FALSE(is_run_name(std::string(65, 'x')));
}

TEST(CreateRunDirectory, TakesExactlyTheFolderThatIsAskedFor) {
  const TemporaryFolder folder;
  const fs::path wanted = folder / "deep/mine";
  const RunDirectory run =
      create_run_directory({.root = {}, .name = "", .exactly = wanted.string() + "/"});
  EXPECT_EQ(run.path(), wanted);
  EXPECT_EQ(run.name(), "mine");
  EXPECT_TRUE(fs::is_directory(run.log()));
  const Error error =
      error_of([&] { create_run_directory({.root = {}, .name = "", .exactly = wanted}); });
  EXPECT_EQ(error.code(), ErrorCode::invalid);
  EXPECT_THAT(error.what(), testing::HasSubstr("deep/mine: exists already"));
}

TEST(CreateRunDirectory, PlaceThatCannotBeWrittenIsAStorageErrorWithAHint) {
  const TemporaryFolder folder;
  write_text(folder / "file", "");
  const Error error = error_of(
      [&] { create_run_directory({.root = folder / "file", .name = "a", .exactly = {}}); });
  EXPECT_EQ(error.code(), ErrorCode::storage);
  EXPECT_THAT(error.hint(), testing::HasSubstr("MUSTER_RUNS"));
}

}  // namespace
}  // namespace muster::run
