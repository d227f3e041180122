// Event files: that their records are framed as TensorBoard wants them, and that a file is a
// sequence of whole records whatever happens. (tests/integration reads them with TensorBoard.)
#include "common/run/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <filesystem>
#include <vector>

#include "common/atomic_file.h"
#include "common/run/event_record.h"
#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

using ::testing::ElementsAre;

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Undoes the mask that the format puts over a checksum.
std::uint32_t unmasked(std::uint32_t value) { return std::rotl(value - 0xa282ead8, 15); }

/// The events in a file; fails the test where a frame is not whole.
std::vector<std::string> events_in(const std::string& bytes) {
  std::vector<std::string> events;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint32_t length = number_at(bytes, at);
    EXPECT_EQ(crc32c(bytes.substr(at, 8)), unmasked(number_at(bytes, at + 8)));
    events.push_back(bytes.substr(at + 12, length));
    EXPECT_EQ(events.back().size(), length);
    EXPECT_EQ(crc32c(events.back()), unmasked(number_at(bytes, at + 12 + length)));
    at += 16 + length;
  }
  return events;
}

TEST(Crc32c, GivesTheValuesOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aa);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43);
}

TEST(EventRecord, HasTimeStepNameAndValue) {
  const auto events = events_in(scalars_record({1.5, 300}, {{"a/b", 0.25}}));
  const std::string expected(
      "\x09\0\0\0\0\0\0\xf8\x3f"         // 1: 1.5 as a double
      "\x10\xac\x02"                     // 2: 300
      "\x2a\x0c\x0a\x0a"                 // 5: a summary of 12 bytes, 1: a value of 10 bytes
      "\x0a\x03\x61/b\x15\0\0\x80\x3e",  // 1: its name, 2: 0.25 as a float
      9 + 3 + 4 + 10);
  EXPECT_THAT(events, ElementsAre(expected));
}

wire::MetricsLine line_of(std::int64_t step) {
  return {.step = step, .epoch = 0.5, .values = {{"train/loss", 0.25}}};
}

TEST(EventLog, BeginsWithTheVersionAndMarksEachGeneration) {
  const TemporaryFolder folder;
  EventLog log(folder / "", 1000);
  log.append(line_of(1), 1, 1001);
  log.append(line_of(2), 1, 1002);
  log.append(line_of(2), 2, 1003);
  const std::string start_mark = "\x3a\x02\x08\x01";
  const auto events = events_in(read_file(log.path()));
  ASSERT_EQ(events.size(), 6u);
  EXPECT_THAT(events[0], ::testing::HasSubstr("brain.Event:2"));
  EXPECT_THAT(events[1], ::testing::EndsWith(start_mark));
  EXPECT_THAT(events[3], ::testing::HasSubstr("train/loss"));
  EXPECT_THAT(events[4], ::testing::EndsWith(start_mark));
}

TEST(EventLog, EveryWriterHasAFileOfItsOwn) {
  const TemporaryFolder folder;
  const EventLog first(folder / "", 1000);
  const EventLog second(folder / "", 1000);
  EXPECT_NE(first.path(), second.path());
  EXPECT_THAT(std::filesystem::path(first.path()).filename().string(),
              ::testing::StartsWith("events.out.tfevents.1000."));
}

TEST(EventLog, AFullDiskLeavesWholeRecords) {
  const TemporaryFolder folder;
  EventLog log(folder / "", 1000);
  log.append(line_of(1), 1, 1001);
  const std::string before = read_file(log.path());
  {
    const FileSizeLimit limit(before.size() + 10);
    EXPECT_EQ(code_of_error([&] { log.append(line_of(2), 1, 1002); }), ErrorCode::storage);
  }
  EXPECT_EQ(read_file(log.path()), before);
  log.append(line_of(3), 1, 1003);
  EXPECT_EQ(events_in(read_file(log.path())).size(), 4u);
}

}  // namespace
}  // namespace muster::run
