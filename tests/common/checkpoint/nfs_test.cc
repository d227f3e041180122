// Fencing and publishing where a rename and a link behave as on NFS: an answer is lost, the request
// is sent again and refused, though the first one was carried out; a name is looked up from a
// memory that is out of date; there is no exclusive rename.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "common/atomic_file.h"
#include "common/checkpoint/load.h"
#include "common/checkpoint/store.h"
#include "common/run/fence.h"
#include "tests/common/checkpoint/stored.h"
#include "tests/common/expect_error.h"
#include "tests/support/file_faults.h"

namespace muster::checkpoint {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

FileFault lost_answer(int error_number) {
  return {.at_call = 1, .only = FileCalls::naming, .error_number = error_number, .is_done = true};
}

class Nfs : public testing::Test {
 protected:
  ~Nfs() override { disarm(); }

  void publish(const FileFault& fault) {
    arm(fault);
    write_step(folder_ / "", 120);
    disarm();
  }
  void expect_published() {
    EXPECT_TRUE(verify(folder_ / "step-000120").empty());
    EXPECT_THAT(folder_.entries(), ElementsAre(".generation-1", "step-000120"));
  }

  TemporaryFolder folder_;
};

TEST_F(Nfs, FileIsReplacedThoughTheAnswerWasLost) {
  write_file_atomic(folder_ / "a", "old");
  arm(lost_answer(ENOENT));
  write_file_atomic(folder_ / "a", "new");
  disarm();
  EXPECT_EQ(read_file(folder_ / "a"), "new");
  EXPECT_THAT(folder_.entries(), ElementsAre("a"));
}

TEST_F(Nfs, RenameThatWasNotDoneIsAnErrorAndTheOldFileStays) {
  write_file_atomic(folder_ / "a", "old");
  arm({.at_call = 1, .only = FileCalls::naming, .error_number = ENOENT});
  EXPECT_EQ(code_of_error([&] { write_file_atomic(folder_ / "a", "new"); }), ErrorCode::storage);
  disarm();
  EXPECT_EQ(read_file(folder_ / "a"), "old");
  EXPECT_THAT(folder_.entries(), ElementsAre("a"));
}

TEST_F(Nfs, FileIsMadeByItsMakerThoughTheAnswerWasLostAndByNobodyElse) {
  arm(lost_answer(EEXIST));
  EXPECT_TRUE(create_exclusive(folder_ / "a", "mine"));
  disarm();
  EXPECT_FALSE(create_exclusive(folder_ / "a", "theirs"));
  EXPECT_EQ(read_file(folder_ / "a"), "mine");
  EXPECT_THAT(folder_.entries(), ElementsAre("a"));
}

TEST_F(Nfs, NoCoordinatorNumberIsLostOrTakenTwice) {
  const run::RunDirectory run(folder_ / "");
  fs::create_directory(run.journal());
  arm(lost_answer(EEXIST));
  EXPECT_EQ(run::take_coordinator_number(run, "first"), 1);
  arm(lost_answer(EEXIST));
  EXPECT_EQ(run::take_coordinator_number(run, "second"), 2);
  // Not done, because another one has the number: the next.
  arm({.at_call = 1, .only = FileCalls::naming, .error_number = EEXIST});
  EXPECT_EQ(run::take_coordinator_number(run, "third"), 4);
  disarm();
  EXPECT_EQ(read_file(run.journal() / "1.jsonl"), "first\n");
  EXPECT_EQ(read_file(run.journal() / "2.jsonl"), "second\n");
  EXPECT_TRUE(run::is_superseded(run, 2));
}

TEST_F(Nfs, CheckpointIsPublishedThoughTheAnswerWasLost) {
  for (const int error_number : {EEXIST, ENOENT}) {
    for (const bool no_exclusive_rename : {false, true}) {
      FileFault fault = lost_answer(error_number);
      fault.no_exclusive_rename = no_exclusive_rename;
      publish(fault);
      expect_published();
      fs::remove_all(folder_ / "step-000120");
    }
  }
}

TEST_F(Nfs, WithoutExclusiveRenameANameThatIsTakenStaysAsItIs) {
  fs::create_directory(folder_ / "from");
  write_text(folder_ / "to", "theirs");
  arm({.no_exclusive_rename = true});
  EXPECT_FALSE(rename_exclusive(folder_ / "from", folder_ / "to"));
  disarm();
  EXPECT_EQ(read_file(folder_ / "to"), "theirs");
}

// Each name that is looked up is out of date once.
TEST_F(Nfs, StaleLookupsLoseNothing) {
  publish({.only = FileCalls::lookup});
  for (const int error_number : {ENOENT, ESTALE}) {
    int calls = 1;
    for (int call = 1; call <= calls; ++call) {
      SCOPED_TRACE(call);
      fs::remove_all(folder_ / "step-000120");
      arm({.at_call = call, .only = FileCalls::lookup, .error_number = error_number});
      try {
        write_step(folder_ / "", 120);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::storage);
      }
      calls = disarm();
      write_step(folder_ / "", 120);  // Tried again: it is there, or is made.
      expect_published();
    }
  }
}

/// A checkpoint's tensors, as they are loaded.
struct Loaded {
  std::array<float, 3> weights = {};
  std::array<float, 3> moments = {};

  Receiver receiver() {
    const auto into = [](std::array<float, 3>& memory) {
      return [&memory](const SafetensorsFile&) -> Places {
        return {std::as_writable_bytes(std::span(memory))};
      };
    };
    return {.accept = [](const LoadedCheckpoint&) {},
            .model = into(weights),
            .optimizer = into(moments)};
  }
};

// A stale handle, a server that is started again: nothing older is taken for that.
TEST_F(Nfs, WhatCannotBeReadForAMomentIsReadAgain) {
  write_step(folder_ / "", 60);
  write_step(folder_ / "", 120);
  const auto complain = [](const StoredCheckpoint& checkpoint, const auto& damages) {
    ADD_FAILURE() << checkpoint.path << ": " << in_words(damages);
  };
  for (const FileCalls only : {FileCalls::reading, FileCalls::lookup}) {
    int calls = 1;
    for (int call = 1; call <= calls; ++call) {
      SCOPED_TRACE(call);
      Loaded loaded;
      arm({.at_call = call, .only = only, .error_number = ESTALE});
      const auto newest = load_newest_valid(folder_ / "", loaded.receiver(), complain);
      calls = disarm();
      EXPECT_EQ(newest->state.step, 120);
      EXPECT_EQ(loaded.weights, kWeights);
    }
  }
  arm({.at_call = 3, .only = FileCalls::reading, .error_number = EIO});
  EXPECT_EQ(newest_valid(folder_ / "", complain)->step, 120);
}

TEST_F(Nfs, WhatCannotBeReadIsNeitherPassedOverNorMovedAside) {
  write_step(folder_ / "", 60);
  write_step(folder_ / "", 120);
  const std::vector<std::string> before = folder_.entries();
  Loaded loaded;
  const std::function<void()> readers[] = {
      [this] { verify(folder_ / "step-000120"); },
      [this] { newest_valid(folder_ / "", {}); },
      [this] { open_checkpoint(folder_ / "step-000120"); },
      [&] { load(folder_ / "step-000120", loaded.receiver()); },
      [&] { load_newest_valid(folder_ / "", loaded.receiver(), {}); },
      [this] { write_step(folder_ / "", 120); },
  };
  for (const auto& [only, error_number] :
       {std::pair(FileCalls::reading, EIO), std::pair(FileCalls::lookup, EMFILE)}) {
    for (std::size_t i = 0; i < std::size(readers); ++i) {
      SCOPED_TRACE(i);
      arm({.at_call = 2, .only = only, .error_number = error_number, .stays = true});
      EXPECT_EQ(code_of_error(readers[i]), ErrorCode::storage);
      disarm();
      EXPECT_EQ(folder_.entries(), before);
    }
  }
}

}  // namespace
}  // namespace muster::checkpoint
