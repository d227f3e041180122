// The journal keeps every line in order and stops at the first one that is damaged.
#include "common/run/journal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/atomic_file.h"
#include "common/hash.h"
#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"

namespace muster::run {
namespace {

using nlohmann::json;

std::string text_of_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += journal_line({{"at", i}, {"event", "tick"}}) + "\n";
  return text;
}

TEST(JournalLine, EndsWithTheChecksumOfTheRest) {
  const std::string body = R"({"at":1.25,"zzz":"last"})";
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(body)));
  EXPECT_EQ(journal_line(json::parse(body)),
            R"({"at":1.25,"zzz":"last","xxh3":")" + hash.hex() + "\"}");
}

TEST(Journal, KeepsAllLinesInOrder) {
  const TemporaryFolder folder;
  const std::string path = folder / "1.jsonl";
  write_text(path, journal_line({{"event", "start"}}) + "\n");
  {
    Journal journal(path);
    for (int i = 0; i < 1000; ++i) {
      journal.append(journal_line({{"at", i}, {"reason", "a\nb\xff"}}) + "\n");
    }
  }
  const std::vector<json> lines = read_journal(path);
  ASSERT_EQ(lines.size(), 1001U);
  EXPECT_EQ(lines[0], json({{"event", "start"}}));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(lines[static_cast<std::size_t>(i) + 1], json({{"at", i}, {"reason", "a\nb\uFFFD"}}));
  }
}

TEST(Journal, NeedsTheFileThatTheFenceMade) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of_error([&] { Journal(folder / "1.jsonl"); }), ErrorCode::storage);
}

// The disk is full in the middle of a line, and has room again later.
TEST(Journal, GoesOnBehindTheLastWholeLineWhenTheDiskHasRoomAgain) {
  const TemporaryFolder folder;
  const std::string path = folder / "1.jsonl";
  const std::string before = text_of_lines(100);
  write_text(path, before);
  Journal journal(path);
  const std::string lines = text_of_lines(50);
  {
    const FileSizeLimit limit(before.size() + 10);
    for (int attempt = 0; attempt < 2; ++attempt) {
      EXPECT_EQ(code_of_error([&] { journal.append(lines); }), ErrorCode::storage);
      EXPECT_EQ(read_journal(path).size(), 100U);
    }
  }
  journal.append(lines);
  EXPECT_EQ(read_file(path), before + lines);
}

TEST(ReadJournal, TornEndLosesTheLastLineOnly) {
  const TemporaryFolder folder;
  const std::string path = folder / "1.jsonl";
  const std::string whole = text_of_lines(3);
  const std::size_t last_line = text_of_lines(2).size();
  for (std::size_t size = last_line; size < whole.size(); ++size) {
    write_text(path, whole.substr(0, size));
    ASSERT_EQ(read_journal(path).size(), 2U) << size;
  }
}

TEST(ReadJournal, AnyChangedByteEndsItThere) {
  const TemporaryFolder folder;
  const std::string path = folder / "1.jsonl";
  const std::string whole = text_of_lines(3);
  const std::size_t begin = text_of_lines(1).size();
  for (std::size_t at = begin; at < text_of_lines(2).size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write_text(path, damaged);
    ASSERT_EQ(read_journal(path).size(), 1U) << at;
  }
}

TEST(ReadJournal, MissingFileIsAStorageError) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of_error([&] { read_journal(folder / "1.jsonl"); }), ErrorCode::storage);
}

}  // namespace
}  // namespace muster::run
