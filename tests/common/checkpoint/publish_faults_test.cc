// The process is killed, or a call fails, at every call to the file system that publishing makes:
// afterwards the newest whole checkpoint loads, and the same step can be saved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>

#include "common/checkpoint/keeper.h"
#include "common/checkpoint/manifest.h"
#include "common/checkpoint/store.h"
#include "common/error.h"
#include "tests/common/checkpoint/stored.h"
#include "tests/support/file_faults.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::ElementsAre;

/// Exit statuses of the child.
enum Status { kPublished = 0, kStorageFailed = 1, kOtherError = 2 };

/// Runs `action` in a child with this fault. The wait status.
int in_child(const FileFault& fault, const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    int status = kPublished;
    arm(fault);
    try {
      action();
    } catch (const Error& error) {
      status = error.code() == ErrorCode::storage ? kStorageFailed : kOtherError;
    }
    disarm();
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

class PublishFaults : public testing::Test {
 protected:
  /// Step 60 is there, step 120 is about to be published by generation 2, of which generation 1
  /// left a half.
  void prepare() {
    fs::remove_all(folder());
    fs::create_directory(folder());
    write_step(folder(), 60, 1);
    fs::create_directory(folder() / ".tmp-1-step-000120");
    write_text(folder() / ".tmp-1-step-000120" / kModelFile, "half");
  }
  void publish() const { write_step(folder(), 120, 2); }

  std::int64_t newest() const {
    const auto found = newest_valid(folder(), [](const StoredCheckpoint& checkpoint, const auto&) {
      ADD_FAILURE() << checkpoint.path << " is there and damaged";
    });
    return found ? found->step : -1;
  }

  /// What the next attempt leaves is what an undisturbed one leaves.
  void expect_saving_works() const {
    publish();
    EXPECT_EQ(newest(), 120);
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    EXPECT_THAT(names, ElementsAre(".generation-2", "step-000060", "step-000120"));
  }

  int calls_of_a_publish() {
    prepare();
    arm({});
    publish();
    return disarm();
  }

  fs::path folder() const { return folder_ / "checkpoints"; }

  TemporaryFolder folder_;
};

TEST_F(PublishFaults, KilledAtEveryCallTheNewestWholeOneLoadsAndSavingWorks) {
  const int calls = calls_of_a_publish();
  ASSERT_GT(calls, 20);
  for (int call = 1; call <= calls; ++call) {
    SCOPED_TRACE(call);
    prepare();
    const int status = in_child({.at_call = call}, [this] { publish(); });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    EXPECT_THAT(newest(), AnyOf(60, 120));
    expect_saving_works();
  }
}

TEST_F(PublishFaults, KilledWhileADamagedOneIsReplacedTheOneBeforeLoadsAndSavingWorks) {
  const auto prepare_damaged = [this] {
    prepare();
    publish();
    flip_bit(folder() / "step-000120" / kModelFile, 3);
  };
  prepare_damaged();
  arm({});
  publish();
  const int calls = disarm();
  for (int call = 1; call <= calls; ++call) {
    SCOPED_TRACE(call);
    prepare_damaged();
    const int status = in_child({.at_call = call}, [this] { publish(); });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(newest_valid(folder(), {}).has_value());
    publish();
    EXPECT_EQ(newest(), 120);
    EXPECT_TRUE(fs::exists(folder() / "step-000120.damaged-1"));
  }
}

TEST_F(PublishFaults, CallsThatFailLoseNothing) {
  const int calls = calls_of_a_publish();
  for (const int error_number : {ENOSPC, EIO}) {
    for (int call = 1; call <= calls; ++call) {
      SCOPED_TRACE(call);
      prepare();
      const int status =
          in_child({.at_call = call, .error_number = error_number}, [this] { publish(); });
      ASSERT_TRUE(WIFEXITED(status));
      EXPECT_THAT(WEXITSTATUS(status), AnyOf(kPublished, kStorageFailed));
      EXPECT_THAT(newest(), AnyOf(60, 120));
      expect_saving_works();
    }
  }
}

// What an fsync did not keep is not published under its name, but for the last one, of the parent.
// A reader has an old one open on NFS, say. A call that fails costs at most the folder that it is
// about, and the next checkpoint removes that too.
TEST_F(PublishFaults, WhatCannotBeRemovedIsToldAndHindersNothingElse) {
  const auto prepare_four = [this] {
    prepare();
    for (const std::int64_t step : {70, 80, 90}) write_step(folder(), step, 2);
  };
  std::set<std::int64_t> whole = {90};
  prepare_four();
  arm({});
  EXPECT_THAT(retain(folder(), {.keep = 1}, whole).removed, ElementsAre(60, 70, 80));
  const int calls = disarm();
  ASSERT_GE(calls, 15);
  for (int call = 1; call <= calls; ++call) {
    SCOPED_TRACE(call);
    prepare_four();
    arm({.at_call = call, .error_number = EIO});
    const Retained retained = retain(folder(), {.keep = 1}, whole);
    disarm();
    EXPECT_LE(retained.problems.size(), 1U);
    std::vector<std::string> left;
    for (const auto& entry : fs::directory_iterator(folder())) {
      left.push_back(entry.path().filename().string());
    }
    EXPECT_EQ(left.size(), 2 + retained.problems.size()) << testing::PrintToString(left);
    EXPECT_THAT(retain(folder(), {.keep = 1}, whole).problems, testing::IsEmpty());
    EXPECT_EQ(list(folder()).size(), 1U);
  }
}

TEST_F(PublishFaults, PublishedCheckpointIsOneThoughAnOldOneCannotBeRemoved) {
  prepare();
  write_step(folder(), 70, 2);
  const auto publish_next = [this] {
    return Keeper(folder(), {.keep = 1}).publish({.generation = 2}, state_of(80), model_of(), {});
  };
  arm({});
  publish_next();
  const int calls = disarm();
  prepare();
  write_step(folder(), 70, 2);
  arm({.at_call = calls, .error_number = EIO});  // The last: removing the last folder.
  const KeptCheckpoint kept = publish_next();
  disarm();
  EXPECT_EQ(kept.published.path.filename(), "step-000080");
  ASSERT_EQ(kept.remarks.size(), 1U);
  EXPECT_THAT(kept.remarks.front(), testing::HasSubstr("cannot remove"));
}

// Who wants to know how it gets on has every file waited for in pieces: the fsync behind them does
// not tell of their errors again.
TEST_F(PublishFaults, FailedPieceOfAFilePublishesNothing) {
  constexpr int kPiecesFilesAndFolder = 9;
  const auto publish_told = [this] {
    write_checkpoint(folder(), {.generation = 2, .progressed = [] {}}, state_of(120), model_of(),
                     optimizer_of());
  };
  for (int call = 1; call <= kPiecesFilesAndFolder; ++call) {
    SCOPED_TRACE(call);
    prepare();
    const FileFault fault{.at_call = call, .only = FileCalls::fsync, .error_number = EIO};
    EXPECT_EQ(WEXITSTATUS(in_child(fault, publish_told)), kStorageFailed);
    EXPECT_EQ(newest(), 60);
  }
}

TEST_F(PublishFaults, FailedFsyncOfAFileOrTheFolderPublishesNothing) {
  constexpr int kFilesAndFolder = 5;
  for (int call = 1; call <= kFilesAndFolder; ++call) {
    SCOPED_TRACE(call);
    prepare();
    const FileFault fault{.at_call = call, .only = FileCalls::fsync, .error_number = EIO};
    EXPECT_EQ(WEXITSTATUS(in_child(fault, [this] { publish(); })), kStorageFailed);
    EXPECT_EQ(newest(), 60);
    EXPECT_FALSE(fs::exists(folder() / ".tmp-2-step-000120"));
  }
  prepare();
  const FileFault last{
      .at_call = kFilesAndFolder + 1, .only = FileCalls::fsync, .error_number = EIO};
  EXPECT_EQ(WEXITSTATUS(in_child(last, [this] { publish(); })), kStorageFailed);
  expect_saving_works();
}

}  // namespace
}  // namespace muster::checkpoint
