// Files and folders that appear whole or not at all, and leave nothing else behind.
#include "common/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"

namespace muster {
namespace {

using Names = std::vector<std::string>;

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(WriteFileAtomic, MakesAndReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "a", "one");
  EXPECT_EQ(read_file(folder / "a"), "one");
  write_file_atomic(folder / "a", "");
  EXPECT_EQ(read_file(folder / "a"), "");
  EXPECT_EQ(folder.entries(), Names{"a"});
}

TEST(WriteFileAtomic, GivesTheModeAlsoToAFileThatWasThere) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "a", "open");
  write_file_atomic(folder / "a", "closed", 0600);
  EXPECT_EQ(mode_of(folder / "a"), 0600U);
}

// The disk is full after 4 of the 8 bytes.
TEST(WriteFileAtomic, AfterAFailedWriteTheOldFileIsWholeAndAlone) {
  const TemporaryFolder folder;
  write_file_atomic(folder / "a", "old");
  {
    const FileSizeLimit limit(4);
    const Error error = error_of([&] { write_file_atomic(folder / "a", "new text"); });
    EXPECT_EQ(error.code(), ErrorCode::storage);
    EXPECT_THAT(error.what(), testing::HasSubstr("cannot write: File too large"));
  }
  EXPECT_EQ(read_file(folder / "a"), "old");
  EXPECT_EQ(folder.entries(), Names{"a"});
}

TEST(WriteFileAtomic, CannotReplaceAFolder) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "a");
  EXPECT_EQ(code_of_error([&] { write_file_atomic(folder / "a", "x"); }), ErrorCode::storage);
  EXPECT_EQ(folder.entries(), Names{"a"});
}

TEST(WriteFileAtomic, MissingFolderIsNamed) {
  const TemporaryFolder folder;
  const Error error = error_of([&] { write_file_atomic(folder / "no/a", "x"); });
  EXPECT_EQ(error.code(), ErrorCode::storage);
  EXPECT_THAT(error.what(), testing::HasSubstr("No such file or directory"));
}

TEST(CreateExclusive, KeepsWhatIsThere) {
  const TemporaryFolder folder;
  EXPECT_TRUE(create_exclusive(folder / "a", "first", 0600));
  EXPECT_FALSE(create_exclusive(folder / "a", "second"));
  EXPECT_EQ(read_file(folder / "a"), "first");
  EXPECT_EQ(mode_of(folder / "a"), 0600U);
  EXPECT_EQ(folder.entries(), Names{"a"});
}

TEST(CreateExclusive, OneOfManyAtOnceWins) {
  const TemporaryFolder folder;
  std::atomic<int> winners = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      if (create_exclusive(folder / "a", std::to_string(i))) ++winners;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(folder.entries(), Names{"a"});
}

TEST(CreateExclusive, FailureIsNotTakenForAnExistingFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of_error([&] { create_exclusive(folder / "no/a", "x"); }), ErrorCode::storage);
}

TEST(StagedFolder, AppearsWithItsFilesWhenPublished) {
  const TemporaryFolder folder;
  {
    StagedFolder staged(folder / ".tmp");
    staged.write("b", bytes_of("bytes"));
    EXPECT_EQ(folder.entries(), Names{".tmp"});
    staged.publish(folder / "final");
  }
  EXPECT_EQ(folder.entries(), Names{"final"});
  EXPECT_EQ(read_file(folder / "final/b"), "bytes");
}

TEST(StagedFolder, FilesThatAreFilledInTurnsAreWhole) {
  const TemporaryFolder folder;
  StagedFolder staged(folder / ".tmp");
  NewFile& first = staged.create("a");
  NewFile& second = staged.create("b");
  const std::string piece(std::size_t{1} << 20, 'p');
  for (int i = 0; i < 9; ++i) {  // More than is left to the disk at once.
    first.write(bytes_of(piece));
    second.write(bytes_of("x"));
  }
  staged.make_durable();
  EXPECT_EQ(folder.entries(), Names{".tmp"});
  staged.publish(folder / "final");
  EXPECT_EQ(read_file(folder / "final/a"), std::string(9 * piece.size(), 'p'));
  EXPECT_EQ(read_file(folder / "final/b"), std::string(9, 'x'));
}

TEST(StagedFolder, TellsHowTheDiskGetsOn) {
  const TemporaryFolder folder;
  StagedFolder staged(folder / ".tmp");
  const std::string contents(std::size_t{17} << 20, 'x');
  staged.write("a", bytes_of(contents));
  std::atomic<int> calls = 0;
  staged.make_durable([&calls] { ++calls; });
  EXPECT_GE(calls, 3);  // Of 8 MiB.
}

TEST(StagedFolder, DisappearsWhenNotPublished) {
  const TemporaryFolder folder;
  { StagedFolder(folder / ".tmp").write("b", bytes_of("bytes")); }
  EXPECT_EQ(folder.entries(), Names{});
}

TEST(StagedFolder, ReplacesWhatAnEarlierAttemptLeft) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / ".tmp/deep");
  StagedFolder staged(folder / ".tmp");
  staged.publish(folder / "final");
  EXPECT_TRUE(std::filesystem::is_empty(folder / "final"));
}

TEST(StagedFolder, RefusesANameThatIsTaken) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "empty");
  write_file_atomic(folder / "file", "x");
  for (const char* taken : {"empty", "file"}) {
    StagedFolder staged(folder / ".tmp");
    const Error error = error_of([&] { staged.publish(folder / taken); });
    EXPECT_EQ(error.code(), ErrorCode::storage);
    EXPECT_THAT(error.what(), testing::HasSubstr("File exists"));
  }
  EXPECT_EQ(folder.entries(), (Names{"empty", "file"}));
}

TEST(StagedFolder, FullDiskIsAnErrorAndLeavesNothing) {
  const TemporaryFolder folder;
  {
    StagedFolder staged(folder / ".tmp");
    const FileSizeLimit limit(4);
    EXPECT_EQ(code_of_error([&] { staged.write("b", bytes_of("too long")); }), ErrorCode::storage);
  }
  EXPECT_EQ(folder.entries(), Names{});
}

TEST(ReadFile, ReadsMoreThanOnePiece) {
  const TemporaryFolder folder;
  const std::string contents(200'000, 'y');
  write_file_atomic(folder / "a", contents);
  EXPECT_EQ(read_file(folder / "a"), contents);
}

TEST(ReadFile, NamesWhatCannotBeRead) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { read_file(folder / "a"); }).what(), testing::HasSubstr("/a: cannot"));
  EXPECT_EQ(code_of_error([&] { read_file(folder / "."); }), ErrorCode::storage);
}

}  // namespace
}  // namespace muster
