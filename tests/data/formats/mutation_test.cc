// Damaged files of every format: whatever the bytes are, they load, or there is an Error{corrupt}
// that names the file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::HasSubstr;

/// `text` with a few bytes changed, put in, or cut off.
std::string mutated(std::string text, std::mt19937& random) {
  constexpr std::string_view kLikely = "\",\n\r;\t 0-.e\x00\x1f\x8b\xff";
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    const char byte = below(2) == 0 ? static_cast<char>(random()) : kLikely[below(kLikely.size())];
    switch (below(4)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1 + below(3));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

/// Opens and reads all of it.
void expect_loads_or_says_why(const config::FormatOptions& options, const std::string& name,
                              std::span<const config::FieldNeed> needs) {
  try {
    const auto dataset = open_dataset(options, needs);
    for (std::int64_t i = 0; i < dataset->size(); ++i) {
      EXPECT_EQ(dataset->read(std::span(&i, 1)).samples, 1);
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(name));
  }
}

constexpr int kTries = 300;

TEST(Mutations, OfCsvFilesLoadOrAreNamed) {
  const TemporaryFolder folder;
  std::mt19937 random(1);
  const config::FieldNeed needs[] = {floats("input", {2}), integers("label", {}, 2)};
  config::CsvOptions options;
  options.label = "species";
  options.classes = {"rose", "lily", "a,\"b"};
  for (int i = 0; i < kTries; ++i) {
    options.bad_records.on_bad_record =
        i % 2 == 0 ? config::OnBadRecord::stop : config::OnBadRecord::skip;
    options.bad_records.skip_at_most = 0.9;
    options.files = {folder.write(
        "a.csv",
        mutated("w,\"h\",species\r\n1,2.5,rose\n-3e1,\"4\",\"a,\"\"b\"\n5,6,lily\n", random))};
    expect_loads_or_says_why(options, "a.csv", needs);
  }
}

TEST(Mutations, OfIdxFilesLoadOrAreNamed) {
  const TemporaryFolder folder;
  std::mt19937 random(2);
  const config::FieldNeed needs[] = {floats("input", {4}), integers("label", {}, 9)};
  const std::string images(
      "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02"
      "abcdefgh",
      24);
  const std::string labels("\0\0\x08\x01\0\0\0\x02\x01\x02", 10);
  // Of `printf '\0\0\x08\x01\0\0\0\x02\x01\x02' | gzip -n`.
  const std::string packed(
      "\x1f\x8b\x08\0\0\0\0\0\0\x03\x63\x60\xe0\x60\x64\x60\x60\x60\x62\x64\x02\0\x74\xfc\x89\x62"
      "\x0a\0\0\0",
      30);
  config::IdxOptions options;
  for (int i = 0; i < kTries; ++i) {
    const bool of_images = i % 3 == 0;
    options.files = {folder.write("data-a", of_images ? mutated(images, random) : images)};
    options.labels = {
        folder.write("data-b", of_images ? labels : mutated(i % 3 == 1 ? labels : packed, random))};
    expect_loads_or_says_why(options, "data-", needs);
  }
}

TEST(Mutations, OfTokenFilesLoadOrAreNamed) {
  const TemporaryFolder folder;
  std::mt19937 random(3);
  const config::FieldNeed needs[] = {integers("input", {2}, 300), integers("label", {2}, 300)};
  config::TokensOptions options;
  options.bad_records = {config::OnBadRecord::skip, 0.5};
  for (int i = 0; i < kTries; ++i) {
    options.files = {
        folder.write("a.bin", mutated(std::string("\1\0\2\0\3\0\4\0\5\1\6\1", 12), random))};
    expect_loads_or_says_why(options, "a.bin", needs);
  }
}

}  // namespace
}  // namespace muster::data
