// The text of log lines and where they go.
#include "common/log.h"

#include <gtest/gtest.h>

#include "common/atomic_file.h"
#include "common/text.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster {
namespace {

/// Puts the log back where it was.
class Log : public testing::Test {
 protected:
  ~Log() override {
    log::to_stderr();
    log::set_name("");
  }

  TemporaryFolder folder_;
};

TEST_F(Log, LineHasTimeLevelNameAndText) {
  log::to_file(folder_ / "log");
  log::info("first {} % text");
  log::set_name("worker 1");
  log::error("second");
  log::set_name("");
  log::warning("third");
  const auto lines = split(read_file(folder_ / "log"), '\n');
  ASSERT_EQ(lines.size(), 4U);
  const std::string time = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z ";
  EXPECT_THAT(lines[0], testing::ContainsRegex(time + "info  first \\{\\} % text$"));
  EXPECT_THAT(lines[1], testing::ContainsRegex(time + "error worker 1: second$"));
  EXPECT_THAT(lines[2], testing::ContainsRegex(time + "warning third$"));
  EXPECT_EQ(lines[3], "");
}

TEST_F(Log, LevelsBelowTheLeastAreLeftOut) {
  log::to_file(folder_ / "log", log::Level::warning);
  log::debug("no");
  log::info("no");
  log::warning("yes");
  EXPECT_THAT(read_file(folder_ / "log"), testing::EndsWith("warning yes\n"));
  EXPECT_THAT(read_file(folder_ / "log"), testing::Not(testing::HasSubstr("no")));
}

TEST_F(Log, GoesToTheEndOfAFile) {
  write_file_atomic(folder_ / "log", "before\n");
  log::to_file(folder_ / "log");
  log::info("after");
  EXPECT_THAT(read_file(folder_ / "log"), testing::StartsWith("before\n"));
  EXPECT_THAT(read_file(folder_ / "log"), testing::EndsWith("after\n"));
}

TEST_F(Log, FileThatCannotBeOpenedIsAnErrorAndTheLogStaysWhereItWas) {
  log::to_file(folder_ / "log");
  EXPECT_EQ(code_of_error([&] { log::to_file(folder_ / "."); }), ErrorCode::storage);
  log::info("still here");
  EXPECT_THAT(read_file(folder_ / "log"), testing::EndsWith("still here\n"));
}

}  // namespace
}  // namespace muster
