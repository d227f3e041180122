// The identity of data files: what counts, what does not, and the hash that must never change.
#include "data/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/error.h"

namespace muster::data {
namespace {

using ::testing::HasSubstr;

Manifest two_files() {
  return {.files = {{.path = "/data/a.csv",
                     .bytes = 100,
                     .records = 10,
                     .xxh3 = "00112233445566778899aabbccddeeff"},
                    {.path = "/data/b.csv",
                     .bytes = 50,
                     .records = 5,
                     .xxh3 = "ffeeddccbbaa99887766554433221100"}}};
}

// XXH3-128 of the two entries packed by hand (little-endian int64, int64, text). A change of it
// changes the identity of every experiment.
TEST(Manifest, HashIsFixedForEver) {
  EXPECT_EQ(two_files().hash(), "612717a11db56d4b6fcfd491458caacd");
}

TEST(Manifest, HashDoesNotDependOnPaths) {
  Manifest moved = two_files();
  moved.files[0].path = "/elsewhere/a.csv";
  EXPECT_EQ(moved.hash(), two_files().hash());
}

TEST(Manifest, HashDependsOnEverythingElse) {
  const auto hash_after = [](auto change) {
    Manifest manifest = two_files();
    change(manifest.files);
    return manifest.hash();
  };
  const std::string hash = two_files().hash();
  EXPECT_NE(hash_after([](auto& files) { files[0].bytes = 101; }), hash);
  EXPECT_NE(hash_after([](auto& files) { files[0].records = 11; }), hash);
  EXPECT_NE(hash_after([](auto& files) { files[1].xxh3[0] = '0'; }), hash);
  EXPECT_NE(hash_after([](auto& files) { std::swap(files[0], files[1]); }), hash);
  EXPECT_NE(hash_after([](auto& files) { files.pop_back(); }), hash);
}

TEST(Manifest, ComesBackFromJson) {
  const nlohmann::json json = two_files();
  EXPECT_EQ(json.get<Manifest>(), two_files());
}

TEST(Manifest, WhatIsKnownOfAFileWithoutReadingItComesBackAndIsNoPartOfTheHash) {
  Manifest known = two_files();
  known.files[0].modified_ns = 1'700'000'000'123'456'789;
  known.files[0].bad_records = {3, 1'000'000'000'000};
  EXPECT_EQ(nlohmann::json(known).get<Manifest>(), known);
  EXPECT_EQ(known.hash(), two_files().hash());
}

TEST(Manifest, WrongJsonIsCorrupt) {
  for (const char* text : {"null", "{}", R"({"files": [{"path": "/a"}]})",
                           R"({"files": [{"path": 1, "bytes": 1, "records": 1, "xxh3": ""}]})"}) {
    try {
      nlohmann::json::parse(text).get<Manifest>();
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt) << text;
    }
  }
}

TEST(CheckUnchanged, AcceptsTheSameFileElsewhere) {
  FileEntry moved = two_files().files[0];
  moved.path = "/elsewhere/a.csv";
  EXPECT_NO_THROW(check_unchanged(two_files().files[0], moved));
}

TEST(CheckUnchanged, NamesTheFileAndWhatItWasAndIs) {
  FileEntry changed = two_files().files[0];
  changed.records = 9;
  try {
    check_unchanged(two_files().files[0], changed);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_STREQ(
        error.what(),
        "/data/a.csv: is not the file that this run was planned with: it was 100 bytes, 10 "
        "records, XXH3 00112233445566778899aabbccddeeff, and is 100 bytes, 9 records, XXH3 "
        "00112233445566778899aabbccddeeff");
    EXPECT_THAT(error.hint(), HasSubstr("restore the file"));
  }
}

TEST(CheckUnchanged, BytesAndHashCountToo) {
  const FileEntry entry = two_files().files[0];
  FileEntry longer = entry;
  longer.bytes += 1;
  FileEntry edited = entry;
  edited.xxh3[5] = 'f';
  EXPECT_THROW(check_unchanged(entry, longer), Error);
  EXPECT_THROW(check_unchanged(entry, edited), Error);
}

}  // namespace
}  // namespace muster::data
