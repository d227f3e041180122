// Token files that the plan or the cache knows are not read whole again. What is read is seen by
// changing a file behind its time stamp: who notices has read it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "data/hash_cache.h"
#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class KnownTokens : public ::testing::Test {
 protected:
  /// `text` in a file that was modified so long ago.
  void write(const std::string& name, const std::string& text,
             std::chrono::seconds age = std::chrono::hours(1)) const {
    fs::last_write_time(folder_.write(name, text), start_ - age);
  }

  config::TokensOptions options() const {
    config::TokensOptions options;
    options.files = {folder_.path() / "a.bin"};
    options.dtype = config::TokensOptions::Type::uint8;
    options.sequence = 3;
    options.bad_records = {config::OnBadRecord::skip, 0.5};
    return options;
  }

  Manifest open(const Manifest* expected = nullptr, HashCache* cache = nullptr) const {
    const config::FieldNeed needs[] = {integers("input", {3}, greatest_),
                                       integers("label", {3}, greatest_)};
    return open_dataset(options(), needs, expected, cache)->manifest();
  }

  /// The manifest as workers get it.
  Manifest planned() const { return nlohmann::json(open()).get<Manifest>(); }

  std::string error_with(const Manifest& expected) const {
    try {
      open(&expected);
      return "no error";
    } catch (const Error& error) {
      return without_folder(error.what(), folder_);
    }
  }

  TemporaryFolder folder_;
  double greatest_ = 255;
  fs::file_time_type start_ = fs::file_time_type::clock::now();
  fs::path cache_file_ = folder_.path() / "data-hashes.json";
};

TEST_F(KnownTokens, FileThatWasNotModifiedSinceThePlanIsNotReadWhole) {
  write("a.bin", "abcdefgh");
  const Manifest expected = planned();
  EXPECT_EQ(open(&expected), expected);
  write("a.bin", "abcdefgX");
  EXPECT_EQ(open(&expected), expected);
}

TEST_F(KnownTokens, FileThatWasModifiedIsReadAndComparedByItsHash) {
  write("a.bin", "abcdefgh");
  const Manifest expected = planned();
  write("a.bin", "abcdefgh", std::chrono::hours(2));
  EXPECT_EQ(error_with(expected), "no error");
  write("a.bin", "abcdefgX", std::chrono::hours(2));
  EXPECT_THAT(error_with(expected), AllOf(HasSubstr("a.bin: is not the file that this run was"),
                                          HasSubstr("8 bytes, 2 records, XXH3")));
  write("a.bin", "abcdefghi");
  EXPECT_EQ(error_with(expected),
            "a.bin: is not the file that this run was planned with: it was 8 bytes, and is 9");
}

TEST_F(KnownTokens, BadWindowsAreTakenFromThePlan) {
  greatest_ = 'z';
  write("a.bin", "abc~efghijklm");
  const Manifest expected = planned();
  EXPECT_THAT(expected.files[0].bad_records, ElementsAre(0, 1));
  write("a.bin", "abcdefghijklm");
  const config::FieldNeed needs[] = {integers("input", {3}, 'z'), integers("label", {3}, 'z')};
  const auto dataset = open_dataset(options(), needs, &expected);
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(dataset->skipped().count(), 2);
  const Batch batch = dataset->read(std::vector<std::int64_t>{0});
  EXPECT_EQ(reinterpret_cast<const std::int64_t*>(batch.fields[0].values.data())[0], 'g');
}

TEST_F(KnownTokens, PlanThatDoesNotFitTheFileIsNotBelieved) {
  write("a.bin", "abcdefghijklm");
  Manifest expected = planned();
  expected.files[0].records = 3;
  expected.files[0].skipped = 1;
  for (const std::vector<std::int64_t>& bad :
       {std::vector<std::int64_t>{}, {-1}, {4}, {std::int64_t{1} << 60}}) {
    expected.files[0].bad_records = bad;
    EXPECT_THAT(error_with(expected), HasSubstr("is not the file that this run was planned with"));
  }
}

TEST_F(KnownTokens, CachedFileIsNotReadWhole) {
  write("a.bin", "abcdefgh");
  const auto open_with_cache = [&] {
    HashCache cache(cache_file_);
    return open(nullptr, &cache);
  };
  const Manifest first = open_with_cache();
  write("a.bin", "abcdefgX");
  EXPECT_EQ(open_with_cache(), first);
  write("a.bin", "abcdefgX", std::chrono::hours(2));
  EXPECT_NE(open_with_cache().files[0].xxh3, first.files[0].xxh3);
}

// What is good depends on the model: the cache knows the greatest token.
TEST_F(KnownTokens, CachedFileIsReadAgainForASmallerVocabulary) {
  write("a.bin", "abcdefgz");
  const auto skipped = [&](double greatest) {
    greatest_ = greatest;
    HashCache cache(cache_file_);
    return open(nullptr, &cache).files[0].skipped;
  };
  EXPECT_EQ(skipped(255), 0);
  write("a.bin", "abzdefgh");
  EXPECT_EQ(skipped('z'), 0);
  EXPECT_EQ(skipped('y'), 1);
}

TEST_F(KnownTokens, FileThatWasJustModifiedIsNeitherCachedNorBelievedInThePlan) {
  write("a.bin", "abcdefgh", std::chrono::seconds(-60));  // As if a clock were ahead.
  {
    HashCache cache(cache_file_);
    EXPECT_EQ(open(nullptr, &cache).files[0].modified_ns, 0);
  }
  EXPECT_FALSE(fs::exists(cache_file_));
  const Manifest expected = planned();
  write("a.bin", "abcdefgX", std::chrono::seconds(-60));
  EXPECT_THAT(error_with(expected), HasSubstr("is not the file that this run was planned with"));
}

TEST_F(KnownTokens, ManyFilesKeepTheirOrder) {
  config::TokensOptions many = options();
  many.files.clear();
  for (int i = 0; i < 50; ++i) {
    const std::string name = "many-" + std::to_string(i);
    write(name, std::string(4, static_cast<char>(i)));
    many.files.push_back(folder_.path() / name);
  }
  const config::FieldNeed needs[] = {integers("input", {3}, 39), integers("label", {3}, 39)};
  const auto dataset = open_dataset(many, needs);
  EXPECT_EQ(dataset->size(), 40);
  EXPECT_THAT(without_folder(dataset->skipped().text(), folder_),
              AllOf(HasSubstr("many-40: record 0: token 40"), HasSubstr("and 5 more")));
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(dataset->manifest().files[i].path, many.files[i].string());
  }
}

}  // namespace
}  // namespace muster::data
