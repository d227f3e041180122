// Hashes against published values, and that pieces give the same as the whole.
#include "common/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>

#include "common/atomic_file.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

template <class Hash>
std::string hash_of(std::string_view text) {
  Hash hash;
  hash.update(bytes_of(text));
  return hash.hex();
}

std::string hmac_hex(std::string_view key, std::string_view message) {
  const auto mac = hmac_sha256(bytes_of(key), bytes_of(message));
  return to_hex(std::as_bytes(std::span(mac)));
}

// From xxHash's own sanity checks (empty input, seed 0) and its command line program.
TEST(Xxh3, GivesThePublishedValues) {
  EXPECT_EQ(hash_of<Xxh3>(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash_of<Xxh3>("abc"), "06b05ab6733a618578af5f94892f3950");
}

TEST(Xxh3, MayBeReadInBetween) {
  Xxh3 hash;
  hash.update(bytes_of("ab"));
  EXPECT_EQ(hash.hex(), hash_of<Xxh3>("ab"));
  hash.update(bytes_of("c"));
  EXPECT_EQ(hash.hex(), hash_of<Xxh3>("abc"));
}

// FIPS 180-4, examples.
TEST(Sha256, GivesThePublishedValues) {
  EXPECT_EQ(hash_of<Sha256>(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of<Sha256>("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(HmacSha256, GivesThePublishedValues) {
  EXPECT_EQ(hmac_hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hmac_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

RC_GTEST_PROP(Hashes, PiecesGiveTheSameAsTheWhole, (const std::string& a, const std::string& b)) {
  Xxh3 xxh3;
  Sha256 sha256;
  for (const std::string& piece : {a, b}) {
    xxh3.update(bytes_of(piece));
    sha256.update(bytes_of(piece));
  }
  RC_ASSERT(xxh3.hex() == hash_of<Xxh3>(a + b));
  RC_ASSERT(sha256.hex() == hash_of<Sha256>(a + b));
}

TEST(EqualInConstantTime, ComparesLengthAndBytes) {
  EXPECT_TRUE(equal_in_constant_time(bytes_of("secret"), bytes_of("secret")));
  EXPECT_FALSE(equal_in_constant_time(bytes_of("secret"), bytes_of("secreT")));
  EXPECT_FALSE(equal_in_constant_time(bytes_of("secret"), bytes_of("secre")));
  EXPECT_TRUE(equal_in_constant_time({}, {}));
}

TEST(RandomBytes, AreAsManyAsAskedAndDiffer) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(1000).size(), 1000U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

TEST(ToHex, WritesTwoLowerCaseDigitsPerByte) {
  EXPECT_EQ(to_hex(bytes_of(std::string_view("\x00\x0f\xa0\xff", 4))), "000fa0ff");
}

// More than one piece of a megabyte, and not a multiple of it.
TEST(HashOfFile, IsTheHashOfItsContents) {
  const TemporaryFolder folder;
  const std::string contents((std::size_t{1} << 20) + 12345, 'x');
  write_file_atomic(folder / "data", contents);
  EXPECT_EQ(xxh3_of_file(folder / "data"), hash_of<Xxh3>(contents));
  EXPECT_EQ(sha256_of_file(folder / "data"), hash_of<Sha256>(contents));
}

TEST(HashOfFile, MissingFileIsCorruptDataAndNamed) {
  const TemporaryFolder folder;
  const Error missing = error_of([&] { xxh3_of_file(folder / "missing"); });
  EXPECT_EQ(missing.code(), ErrorCode::corrupt);
  EXPECT_THAT(missing.what(), testing::HasSubstr("missing: cannot be read: No such file"));
  EXPECT_EQ(code_of_error([&] { sha256_of_file(folder / "."); }), ErrorCode::corrupt);
}

}  // namespace
}  // namespace muster
