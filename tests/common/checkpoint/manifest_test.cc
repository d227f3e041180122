#include "common/checkpoint/manifest.h"

#include <gtest/gtest.h>

#include "common/hash.h"
#include "tests/common/expect_error.h"

namespace muster::checkpoint {
namespace {

using testing::HasSubstr;

const Manifest& manifest() {
  static const Manifest manifest = {{kModelFile, {.bytes = 10, .xxh3 = std::string(32, 'a')}},
                                    {kStateFile, {.bytes = 20, .xxh3 = std::string(32, 'b')}}};
  return manifest;
}

/// With a checksum that is right, as of a program that writes something else.
std::string with_checksum(std::string body) {
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(body)));
  return body + ",\n  \"xxh3\": \"" + hash.hex() + "\"\n}\n";
}

TEST(Manifest, ReadsBackToTheSame) {
  EXPECT_EQ(parse_manifest(manifest_text(manifest())), manifest());
}

TEST(Manifest, EveryFlippedBitAndEveryTruncationIsRefused) {
  const std::string good = manifest_text(manifest());
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THROW(parse_manifest(bad), Error) << bit;
  }
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_THROW(parse_manifest(good.substr(0, length)), Error) << length;
  }
}

TEST(Manifest, NamesThatLeadElsewhereAreRefused) {
  const Error error = error_of(
      [] { parse_manifest(with_checksum(R"({"schema": 1, "files": {"../state.json": {}})")); });
  EXPECT_EQ(error.code(), ErrorCode::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("../state.json"));
}

TEST(Manifest, WithoutModelOrStateItIsNone) {
  const Error error =
      error_of([] { parse_manifest(with_checksum(R"({"schema": 1, "files": {})")); });
  EXPECT_THAT(error.what(), HasSubstr("model.safetensors"));
}

TEST(Manifest, OfALaterVersionIsUnsupported) {
  const Error error =
      error_of([] { parse_manifest(with_checksum(R"({"schema": 2, "files": {})")); });
  EXPECT_EQ(error.code(), ErrorCode::unsupported);
}

}  // namespace
}  // namespace muster::checkpoint
