// Logs in their order, and new lines as they come, across generations.
#include "coordinator/cli/look/log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/text.h"
#include "tests/common/temporary_folder.h"

namespace muster::coordinator::cli::look {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogReaderTest : public testing::Test {
 protected:
  LogReaderTest() { std::filesystem::create_directory(folder_ / "log"); }

  void append(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / ("log/" + name + ".log"), std::ios::app) << text;
  }

  std::vector<std::string> read(LogReader& reader) {
    std::vector<std::string> lines;
    reader.read([&](const LogFile& file, const std::string& line) {
      lines.push_back(concat(file.name, ": ", line));
    });
    return lines;
  }

  LogReader reader(const LogChoice& choice = {}) {
    return LogReader(run::RunDirectory(folder_ / ""), choice);
  }

  TemporaryFolder folder_;
};

TEST_F(LogReaderTest, ShowsTheCoordinatorThenEachGenerationInOrder) {
  append("worker-10.1", "a\n");
  append("worker-2.1", "b\n");
  append("launcher.1", "c\n");
  append("coordinator", "d\n");
  append("worker-0.2", "e\n");
  append("notes", "not a log of ours\n");
  LogReader all = reader();
  EXPECT_THAT(read(all), ElementsAre("coordinator: d", "launcher.1: c", "worker-2.1: b",
                                     "worker-10.1: a", "worker-0.2: e"));
  LogReader one = reader({LogFile::Kind::worker, 0});
  EXPECT_THAT(read(one), ElementsAre("worker-0.2: e"));
}

TEST_F(LogReaderTest, GoesOnWithWhatIsNewAndWithNewGenerations) {
  LogReader rank = reader({LogFile::Kind::worker, 1});
  EXPECT_THAT(read(rank), IsEmpty());
  append("worker-1.1", "one\ntw");
  EXPECT_THAT(read(rank), ElementsAre("worker-1.1: one"));
  append("worker-1.1", "o\n");
  append("worker-1.2", "three\n");
  EXPECT_THAT(read(rank), ElementsAre("worker-1.1: two", "worker-1.2: three"));
  EXPECT_THAT(read(rank), IsEmpty());
}

TEST_F(LogReaderTest, AnUnfinishedLastLineIsShownAtTheEnd) {
  append("coordinator", "begun");
  LogReader all = reader();
  EXPECT_THAT(read(all), IsEmpty());
  std::vector<std::string> rest;
  all.read_rest([&](const LogFile&, const std::string& line) { rest.push_back(line); });
  EXPECT_THAT(rest, ElementsAre("begun"));
}

TEST_F(LogReaderTest, ALongLogIsReadWhole) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += concat("line ", i, "\n");
  append("coordinator", text);
  LogReader all = reader();
  const auto lines = read(all);
  ASSERT_EQ(lines.size(), 20000u);
  EXPECT_EQ(lines.back(), "coordinator: line 19999");
}

}  // namespace
}  // namespace muster::coordinator::cli::look
