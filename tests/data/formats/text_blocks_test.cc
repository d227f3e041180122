// Lines are the same wherever blocks end; what is not a readable file is named.
#include "data/formats/text_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <span>
#include <string>

#include "common/error.h"
#include "tests/data/temporary_folder.h"

namespace muster::data {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// All blocks of `contents`, one after the other.
std::string read_all(const std::string& contents, std::size_t block_bytes) {
  const TemporaryFolder folder;
  TextBlocks blocks(folder.write("a.txt", contents), block_bytes);
  std::string all;
  for (auto lines = blocks.next(); !lines.empty(); lines = blocks.next()) {
    EXPECT_THAT(std::string(lines), EndsWith("\n"));
    all += lines;
  }
  EXPECT_EQ(blocks.bytes(), static_cast<std::int64_t>(contents.size()));
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(contents)));
  EXPECT_EQ(blocks.file().entry(0, 0).xxh3, hash.hex());
  EXPECT_TRUE(blocks.next().empty());
  return all;
}

/// The message of the error that opening or reading `path` throws.
std::string error_of(const std::filesystem::path& path) {
  try {
    TextBlocks blocks(path);
    while (!blocks.next().empty()) {
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    return error.what();
  }
  return "no error";
}

TEST(TextBlocks, GiveTheSameLinesAndHashWhateverTheBlockSize) {
  std::string contents;
  for (int i = 0; i < 50; ++i)
    contents += std::string(static_cast<std::size_t>(i * 7 % 23), 'x') + "\n";
  for (std::size_t block = 1; block < 30; ++block) {
    EXPECT_EQ(read_all(contents, block), contents) << block;
  }
}

TEST(TextBlocks, EndTheLastLine) {
  EXPECT_EQ(read_all("a\nb", 100), "a\nb\n");
  EXPECT_EQ(read_all("abc", 1), "abc\n");
  EXPECT_EQ(read_all("\n\n", 1), "\n\n");
}

TEST(TextBlocks, OfAnEmptyFileAreNone) { EXPECT_EQ(read_all("", 10), ""); }

TEST(TextBlocks, LeaveOutAByteOrderMarkAtTheBeginningOnly) {
  EXPECT_EQ(read_all("\xEF\xBB\xBF"
                     "1\n\xEF\xBB\xBF"
                     "2\n",
                     3),
            "1\n\xEF\xBB\xBF"
            "2\n");
}

TEST(TextBlocks, MissingFileIsNamed) {
  EXPECT_EQ(error_of("/does/not/exist.csv"), "/does/not/exist.csv: No such file or directory");
}

TEST(TextBlocks, FolderIsRefused) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_of(folder.path()), folder.path().string() + ": is a directory");
}

TEST(TextBlocks, FifoIsRefusedWithoutWaitingForAWriter) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(error_of(path), path.string() + ": is not a regular file");
}

TEST(TextBlocks, FailedReadIsNamed) {
  // A regular file whose first page cannot be read.
  EXPECT_EQ(error_of("/proc/self/mem"), "/proc/self/mem: Input/output error");
}

TEST(TextBlocks, AFileThatIsOneEndlessLineIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.bin", "");
  std::filesystem::resize_file(path, 2 * TextBlocks::kLineBytesMax + 10);
  EXPECT_THAT(error_of(path), HasSubstr("a line longer than 67.1 MB"));
}

}  // namespace
}  // namespace muster::data
