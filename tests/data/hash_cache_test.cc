// What is kept of files from one start to the next, and that nothing about it is ever fatal.
#include "data/hash_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/data/temporary_folder.h"

namespace muster::data {
namespace {

namespace fs = std::filesystem;

constexpr FileStamp kStamp{
    .bytes = 8, .modified_ns = 1'700'000'000'123'456'789, .device = 3, .inode = 4};

HashCache::Contents contents() { return {.xxh3 = std::string(32, 'a'), .greatest = 65535}; }

class HashCaches : public ::testing::Test {
 protected:
  void add(const std::string& path) const {
    HashCache cache(file_);
    cache.add(path, 2, kStamp, contents());
  }

  bool knows(const std::string& path, const FileStamp& stamp = kStamp,
             std::size_t token_bytes = 2) const {
    const auto found = HashCache(file_).find(path, token_bytes, stamp);
    EXPECT_TRUE(!found || *found == contents());
    return found.has_value();
  }

  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "cache" / "muster" / "data-hashes.json";
};

TEST_F(HashCaches, OnlyTheSameFileIsFoundAgain) {
  EXPECT_FALSE(knows("/a.bin"));
  add("/a.bin");
  add("/b.bin");
  EXPECT_TRUE(knows("/a.bin"));
  EXPECT_TRUE(knows("/b.bin"));
  EXPECT_FALSE(knows("/c.bin"));
  EXPECT_FALSE(knows("/a.bin", kStamp, 1));
  const auto with = [](auto change) {
    FileStamp stamp = kStamp;
    change(stamp);
    return stamp;
  };
  EXPECT_FALSE(knows("/a.bin", with([](FileStamp& stamp) { ++stamp.bytes; })));
  EXPECT_FALSE(knows("/a.bin", with([](FileStamp& stamp) { ++stamp.modified_ns; })));
  EXPECT_FALSE(knows("/a.bin", with([](FileStamp& stamp) { ++stamp.device; })));
  EXPECT_FALSE(knows("/a.bin", with([](FileStamp& stamp) { ++stamp.inode; })));
}

TEST_F(HashCaches, DamagedFilesAreIgnoredAndReplaced) {
  add("/a.bin");
  std::ifstream whole(file_);
  const std::string text{std::istreambuf_iterator<char>(whole), {}};
  for (const std::string& damaged :
       {std::string(), text.substr(0, text.size() / 2), std::string("[1, 2]"),
        std::string(R"({"schema": 2, "files": []})"),
        std::string(R"({"schema": 1, "files": [{"path": 7}]})")}) {
    std::ofstream(file_) << damaged;
    EXPECT_FALSE(knows("/a.bin")) << damaged;
    add("/b.bin");
    EXPECT_TRUE(knows("/b.bin")) << damaged;
  }
}

TEST_F(HashCaches, PlacesThatCannotBeWrittenToAreNoTrouble) {
  folder_.write("cache", "a file where a folder should be");
  add("/a.bin");
  EXPECT_FALSE(knows("/a.bin"));
  HashCache nowhere{fs::path()};
  nowhere.add("/a.bin", 2, kStamp, contents());
}

TEST_F(HashCaches, SizeIsBounded) {
  {
    HashCache cache(file_);
    for (std::size_t i = 0; i < HashCache::kFilesMax + 10; ++i) {
      cache.add("/" + std::to_string(i), 2, kStamp, contents());
    }
  }
  std::size_t known = 0;
  HashCache cache(file_);
  for (std::size_t i = 0; i < HashCache::kFilesMax + 10; ++i) {
    known += cache.find("/" + std::to_string(i), 2, kStamp) ? 1U : 0U;
  }
  EXPECT_EQ(known, HashCache::kFilesMax);
}

TEST_F(HashCaches, PlaceIsThatOfTheXdgSpecification) {
  setenv("HOME", "/users/ann", 1);
  setenv("XDG_CACHE_HOME", "/cache", 1);
  EXPECT_EQ(HashCache::file_of_user(), "/cache/muster/data-hashes.json");
  setenv("XDG_CACHE_HOME", "not/absolute", 1);
  EXPECT_EQ(HashCache::file_of_user(), "/users/ann/.cache/muster/data-hashes.json");
  unsetenv("XDG_CACHE_HOME");
  unsetenv("HOME");
  EXPECT_EQ(HashCache::file_of_user(), "");
}

}  // namespace
}  // namespace muster::data
