// The process is killed, or a call fails, at every call to the file system that keeping makes:
// afterwards the ledger is the old one or the new one, and the journal is whole after another try.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "common/run/journal.h"
#include "coordinator/net/ledger_record.h"
#include "tests/common/temporary_folder.h"
#include "tests/support/file_faults.h"

namespace muster::coordinator {
namespace {

/// Runs `action` in a child with this fault. The wait status.
int in_child(const FileFault& fault, const std::function<void()>& action) {
  const pid_t child = fork();
  if (child == 0) {
    arm(fault);
    action();
    disarm();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

class LedgerFaults : public testing::Test {
 protected:
  LedgerFaults() {
    std::filesystem::create_directories(run_.journal());
    write_text(run_.journal_of(1), "");
  }

  void keep(std::int64_t furthest) const {
    LedgerRecord record{.coordinator = 1, .ledger = {}, .launcher = {}};
    record.ledger.furthest = furthest;
    write_ledger(run_, record);
  }

  TemporaryFolder folder_;
  run::RunDirectory run_{folder_ / ""};
};

TEST_F(LedgerFaults, KilledAtEveryCallItIsTheOldOneOrTheNewOne) {
  keep(1);
  arm({});
  keep(1);
  const int calls = disarm();
  ASSERT_GT(calls, 4);
  for (int call = 1; call <= calls; ++call) {
    keep(1);
    const int status = in_child({.at_call = call}, [this] { keep(2); });
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << call;
    const auto record = newest_ledger(run_);
    ASSERT_TRUE(record) << call;
    EXPECT_TRUE(record->ledger.furthest == 1 || record->ledger.furthest == 2) << call;
  }
}

// Also where the failing call is the sync: then pages may be lost that had been written.
TEST_F(LedgerFaults, TheJournalIsWholeAfterAnotherTryWhicheverCallFailed) {
  const std::string line = run::journal_line({{"event", "tick"}}) + "\n";
  for (const FileCalls calls : {FileCalls::changing, FileCalls::fsync}) {
    for (int call = 1; call <= 2; ++call) {
      write_text(run_.journal_of(1), line);
      run::Journal journal(run_.journal_of(1).string());
      arm({.at_call = call, .only = calls, .error_number = EIO});
      int failures = 0;
      for (int i = 0; i < 3; ++i) {
        try {
          journal.append(line);
        } catch (const Error&) {
          ++failures;
        }
      }
      disarm();
      EXPECT_EQ(failures, 1);
      EXPECT_EQ(run::read_journal(run_.journal_of(1).string()).size(), 3U);
    }
  }
}

}  // namespace
}  // namespace muster::coordinator
