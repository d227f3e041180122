// What the coordinator keeps goes to the disk in the background, waits for a disk that is full, and
// shows no successor that it has not seen.
#include "coordinator/net/recorder.h"

#include <gmock/gmock.h>
#include <poll.h>

#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/error.h"
#include "common/run/fence.h"
#include "common/run/journal.h"
#include "common/text.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"

namespace muster::coordinator {
namespace {

using ::testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(10);

class Recording : public testing::Test {
 protected:
  Recording() {
    std::filesystem::create_directories(run_.journal());
    EXPECT_EQ(run::take_coordinator_number(run_, run::journal_line({{"event", "start"}})), 1);
  }

  static LedgerRecord record(Generation generation) {
    LedgerRecord record{.coordinator = 1, .ledger = {}, .launcher = {}};
    record.ledger.generation = generation;
    return record;
  }

  std::size_t lines() const { return run::read_journal(run_.journal_of(1).string()).size(); }

  static bool is_readable(const Recorder& recorder) {
    pollfd descriptor{.fd = recorder.readable(), .events = POLLIN, .revents = 0};
    return ::poll(&descriptor, 1, 0) == 1;
  }

  TemporaryFolder folder_;
  run::RunDirectory run_{folder_ / ""};
};

TEST_F(Recording, KeepsWhatIsQueuedAndSaysSo) {
  Recorder recorder(run_, 1);
  recorder.journal({{"event", "tick"}});
  recorder.ledger(record(1));
  recorder.ledger(record(2));
  ASSERT_TRUE(recorder.flush(kPatience));
  EXPECT_TRUE(is_readable(recorder));
  EXPECT_EQ(recorder.news().kept, recorder.ticket());
  EXPECT_FALSE(is_readable(recorder));
  EXPECT_EQ(lines(), 2U);
  EXPECT_EQ(newest_ledger(run_)->ledger.generation, 2);
}

TEST_F(Recording, WritesWhatIsQueuedBeforeItEnds) {
  {
    Recorder recorder(run_, 1);
    for (int i = 0; i < 100; ++i) recorder.journal({{"at", i}});
    recorder.ledger(record(3));
  }
  EXPECT_EQ(lines(), 101U);
  EXPECT_EQ(newest_ledger(run_)->ledger.generation, 3);
}

// The defect that this is against: one full disk ended the journal of a coordinator for good, and
// its successor went on from where it had been then.
TEST_F(Recording, TriesAgainWithTheNewestLedgerWhenTheDiskIsNoLongerFull) {
  Recorder recorder(run_, 1);
  recorder.ledger(record(1));
  ASSERT_TRUE(recorder.flush(kPatience));
  testing::internal::CaptureStderr();
  {
    const FileSizeLimit limit(0);
    recorder.ledger(record(2));
    recorder.journal({{"event", "two"}});
    EXPECT_FALSE(recorder.flush(kPatience));
    recorder.ledger(record(3));
    recorder.journal({{"event", "three"}});
    EXPECT_FALSE(recorder.flush(kPatience));
  }
  const Recorder::News news = recorder.news();
  EXPECT_LT(news.kept, recorder.ticket());
  ASSERT_EQ(news.problems.size(), 1U);  // Told once.
  EXPECT_THAT(news.problems[0], HasSubstr("the run goes on"));
  EXPECT_EQ(newest_ledger(run_)->ledger.generation, 1);
  EXPECT_TRUE(recorder.flush(kPatience));
  testing::internal::GetCapturedStderr();
  EXPECT_EQ(newest_ledger(run_)->ledger.generation, 3);
  EXPECT_EQ(lines(), 3U);
  EXPECT_EQ(recorder.news().kept, recorder.ticket());
}

TEST_F(Recording, MetricsThatCannotBeWrittenAreLostAndDoNotHoldUpTheRest) {
  Recorder recorder(run_, 1);
  ASSERT_TRUE(recorder.flush(kPatience));
  testing::internal::CaptureStderr();
  {
    const FileSizeLimit limit(0);
    recorder.metrics({.step = 1, .epoch = 0, .values = {{"train/loss", 1.0}}}, 1);
    recorder.metrics({.step = 2, .epoch = 0, .values = {{"train/loss", 1.0}}}, 1);
    EXPECT_TRUE(recorder.flush(kPatience));
  }
  recorder.metrics({.step = 3, .epoch = 0, .values = {{"train/loss", 1.0}}}, 1);
  recorder.metrics({.step = 3, .epoch = 0, .values = {{"train/loss", 1.0}}}, 1);  // Said again.
  EXPECT_TRUE(recorder.flush(kPatience));
  testing::internal::GetCapturedStderr();
  const Recorder::News news = recorder.news();
  ASSERT_EQ(news.problems.size(), 1U);
  EXPECT_THAT(news.problems[0], HasSubstr("metrics are being lost"));
  EXPECT_EQ(split(read_file(run_.metrics()), '\n').size(), 2U);  // With the empty text at the end.
}

// The defect that this is against: an error of readdir ended a training that was well.
TEST_F(Recording, AFolderThatCannotBeListedShowsNoSuccessor) {
  Recorder recorder(run_, 1);
  const auto aside = folder_ / "aside";
  std::filesystem::rename(run_.journal(), aside);
  write_text(run_.journal(), "no folder");
  testing::internal::CaptureStderr();
  recorder.flush(kPatience);
  recorder.flush(kPatience);
  EXPECT_FALSE(recorder.news().is_superseded);
  std::filesystem::remove(run_.journal());
  std::filesystem::rename(aside, run_.journal());
  recorder.flush(kPatience);
  EXPECT_FALSE(recorder.news().is_superseded);
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_EQ(logged.find("cannot list"), logged.rfind("cannot list")) << logged;  // Said once.
  EXPECT_THAT(logged, HasSubstr("cannot list"));
  EXPECT_EQ(run::take_coordinator_number(run_, "{}"), 2);
  EXPECT_TRUE(recorder.flush(kPatience));
  EXPECT_TRUE(recorder.news().is_superseded);
}

TEST_F(Recording, ASuccessorIsNoticedWithoutBeingAskedFor) {
  Recorder recorder(run_, 1);
  ASSERT_TRUE(recorder.flush(kPatience));
  recorder.news();
  EXPECT_EQ(run::take_coordinator_number(run_, "{}"), 2);
  pollfd descriptor{.fd = recorder.readable(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&descriptor, 1, 10'000), 1);
  EXPECT_TRUE(recorder.news().is_superseded);
}

TEST_F(Recording, NoMetricsAreWrittenBesideASuccessor) {
  Recorder recorder(run_, 1);
  EXPECT_EQ(run::take_coordinator_number(run_, "{}"), 2);
  recorder.metrics({.step = 1, .epoch = 0, .values = {{"train/loss", 1.0}}}, 1);
  EXPECT_FALSE(recorder.flush(kPatience));
  EXPECT_EQ(read_file(run_.metrics()), "");
  EXPECT_LT(recorder.news().kept, recorder.ticket());  // So that nobody confirms it.
}

}  // namespace
}  // namespace muster::coordinator
