#include "coordinator/net/log_tail.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace muster::coordinator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LogTail : public ::testing::Test {
 protected:
  LogTail() {
    std::string name = "/tmp/muster-log-tail.XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~LogTail() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file_with(const std::string& text) const {
    const auto path = folder_ / "log";
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(LogTail, GivesTheLastLines) {
  EXPECT_THAT(last_lines(file_with("a\nb\nc\n"), 2), ElementsAre("b", "c"));
  EXPECT_THAT(last_lines(file_with("a\nb"), 5), ElementsAre("a", "b"));
  EXPECT_THAT(last_lines(file_with("a\n\n\n"), 2), ElementsAre("a"));
}

TEST_F(LogTail, IsEmptyWithoutAFile) {
  EXPECT_THAT(last_lines(folder_ / "missing", 2), IsEmpty());
  EXPECT_THAT(last_lines(file_with(""), 2), IsEmpty());
}

// What a worker writes must not move the cursor of the terminal that shows it.
TEST_F(LogTail, DisarmsControlCharacters) {
  EXPECT_THAT(last_lines(file_with("a\x1b[2J\tb\r\n"), 1), ElementsAre("a?[2J\tb?"));
}

TEST_F(LogTail, CutsLongLinesAndReadsOnlyTheEndOfLongFiles) {
  const auto lines = last_lines(file_with(std::string(200'000, 'x') + "\nlast\n"), 20);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_LT(lines[0].size(), 500u);
  EXPECT_EQ(lines[1], "last");
  EXPECT_EQ(last_bytes(file_with("abcdef"), 3), "def");
}

}  // namespace
}  // namespace muster::coordinator
