// Token files: windows, tails, bad tokens, damaged and changed files.
#include "data/formats/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/data/formats/csv_support.h"
#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Type = config::TokensOptions::Type;

std::string wide(const std::vector<int>& tokens) {
  std::string text;
  for (const int token : tokens) {
    text += {static_cast<char>(token & 0xff), static_cast<char>(token >> 8)};
  }
  return text;
}

class Tokens : public ::testing::Test {
 protected:
  config::TokensOptions options(const std::string& contents, Type type = Type::uint16) const {
    config::TokensOptions options;
    options.files = {folder_.write("a.bin", contents)};
    options.dtype = type;
    options.sequence = 3;
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(Tokens, WindowsShareOneTokenAndTheTailIsCounted) {
  const auto dataset = open_dataset(options(wide({1, 2, 3, 4, 500, 6, 7, 8, 9})));
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_THAT(dataset->fields(),
              ElementsAre(FieldSpec{.name = "input", .dtype = DType::int64, .shape = {3}},
                          FieldSpec{.name = "label", .dtype = DType::int64, .shape = {3}}));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "input"), ElementsAre(1, 2, 3, 4, 500, 6));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(2, 3, 4, 500, 6, 7));
  EXPECT_EQ(dataset->manifest().files[0].left_over, 2);
  EXPECT_EQ(dataset->manifest().files[0].records, 2);
}

TEST_F(Tokens, ExactlyFittingAndTooShortFilesAreCounted) {
  config::TokensOptions three = options("abcd", Type::uint8);
  three.files.push_back(folder_.write("b.bin", "xyz"));
  three.files.push_back(folder_.write("c.bin", "0123456"));
  const auto dataset = open_dataset(three);
  EXPECT_EQ(dataset->size(), 3);
  EXPECT_EQ(dataset->manifest().files[0].left_over, 0);
  EXPECT_EQ(dataset->manifest().files[1].left_over, 3);
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "input", {2, 0}),
              ElementsAre('3', '4', '5', 'a', 'b', 'c'));
  EXPECT_THAT(error_of(folder_, options("abc", Type::uint8)),
              StartsWith("a.bin: no file holds a whole sample of 4 tokens"));
}

TEST_F(Tokens, SequenceIsThatOfTheModelWhenItIsNotGiven) {
  config::TokensOptions open = options("abcdefg", Type::uint8);
  open.sequence = {};
  const config::FieldNeed needs[] = {integers("input", {2}, 255), integers("label", {2}, 255)};
  EXPECT_EQ(open_dataset(open, needs)->size(), 3);
  EXPECT_THAT(error_of(folder_, open), HasSubstr("tokens need 'sequence'"));
}

TEST_F(Tokens, DamagedFilesAreRefused) {
  EXPECT_EQ(error_of(folder_, options("")), "a.bin: is empty");
  EXPECT_THAT(error_of(folder_, options("abcdefghi")),
              StartsWith("a.bin: has 9 bytes, which is no whole number of uint16 tokens"));
  config::TokensOptions missing = options("abcdefgh");
  missing.files = {folder_.path() / "missing.bin"};
  EXPECT_THAT(error_of(folder_, missing), HasSubstr("No such file"));
  missing.files = {folder_.path()};
  EXPECT_THAT(error_of(folder_, missing), HasSubstr("is a directory"));
}

// A token between two windows is the label of one and an input of the other.
TEST_F(Tokens, TokensThatTheModelCannotUseAreNamedOrTheirWindowsSkipped) {
  const config::FieldNeed needs[] = {integers("input", {3}, 9), integers("label", {3}, 9)};
  config::TokensOptions bad = options(wide({1, 2, 3, 10, 5, 6, 7, 8, 9, 1, 2, 3, 4}));
  EXPECT_EQ(error_of(folder_, bad, needs),
            "a.bin: record 0: token 10 is not in 0 to 9 (model.x says so), at token 3 of the file\n"
            "a.bin: record 1: token 10 is not in 0 to 9 (model.x says so), at token 3 of the file");
  bad.bad_records = {config::OnBadRecord::skip, 0.5};
  const auto dataset = open_dataset(bad, needs);
  EXPECT_EQ(dataset->skipped().count(), 2);
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "input"), ElementsAre(7, 8, 9, 1, 2, 3));
  // In the tail nobody reads it.
  EXPECT_EQ(open_dataset(options(wide({1, 2, 3, 4, 11})), needs)->size(), 1);
}

TEST_F(Tokens, FilesOfSeveralPiecesAreScannedWhole) {
  std::string text(3'000'002, '\x01');  // The last token is the last of a window.
  text[3'000'000] = '\xff';
  text[3'000'001] = '\xff';
  const config::FieldNeed needs[] = {integers("input", {3}, 1000), integers("label", {3}, 1000)};
  EXPECT_THAT(error_of(folder_, options(text), needs), HasSubstr("token 65535 is not"));
}

TEST_F(Tokens, FilesThatChangeAfterOpeningDoNotReachTheModel) {
  const config::FieldNeed needs[] = {integers("input", {3}, 999), integers("label", {3}, 999)};
  const config::TokensOptions changing = options(wide({1, 2, 3, 4, 5, 6, 7}));
  const auto dataset = open_dataset(changing, needs);
  const auto message = [&] {
    try {
      dataset->read(std::vector<std::int64_t>{1});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      return without_folder(error.what(), folder_);
    }
    return std::string("no error");
  };
  EXPECT_EQ(message(), "no error");
  folder_.write("a.bin", wide({1, 2, 3, 4, 5, 1000, 7}));
  EXPECT_EQ(message(), "a.bin: has a token 1000 that was not there when it was opened");
  folder_.write("a.bin", wide({1, 2}));
  EXPECT_EQ(message(), "a.bin: ends at byte 6, and had 14 bytes when it was opened");
}

TEST_F(Tokens, AnotherFileThanPlannedIsRefused) {
  const Manifest planned = open_dataset(options("abcdefgh"))->manifest();
  EXPECT_EQ(error_of(folder_, options("abcdefgh"), {}, &planned), "no error");
  EXPECT_THAT(error_of(folder_, options("abcdefgi"), {}, &planned),
              StartsWith("a.bin: is not the file that this run was planned with"));
}

TEST_F(Tokens, SeveralThreadsReadTheSame) {
  const auto dataset = open_dataset(options(wide({1, 2, 3, 4, 5, 6, 7})));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_THAT(values_of<std::int64_t>(*dataset, "label", {1}), ElementsAre(5, 6, 7));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace muster::data
