#include "common/checkpoint/safetensors_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "common/error.h"
#include "tests/common/checkpoint/encoded.h"

namespace muster::checkpoint {
namespace {

/// The header without its padding.
std::string header_of(const std::string& file) {
  std::size_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(file.at(i));
  std::string header = file.substr(8, length);
  header.erase(header.find_last_not_of(' ') + 1);
  return header;
}

constexpr std::array<std::uint8_t, 4> kWeight = {1, 2, 3, 4};
constexpr std::array<std::uint8_t, 2> kBias = {5, 6};

// Byte for byte: length, header with sorted names, padding, data in the order of names.
TEST(SafetensorsWriter, BytesAreThoseOfTheGoldenFile) {
  const auto file = encoded({{"weight", DType::uint8, {2, 2}, bytes_of(kWeight)},
                             {"bias", DType::uint8, {2}, bytes_of(kBias)}});
  const std::string header = R"({"__metadata__":{"format":"pt"},)"
                             R"("bias":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                             R"("weight":{"dtype":"U8","shape":[2,2],"data_offsets":[2,6]}})";
  ASSERT_EQ(header.size(), 146U);
  const std::string golden =
      std::string("\x98\0\0\0\0\0\0\0", 8) + header + "      " + "\x05\x06\x01\x02\x03\x04";
  EXPECT_EQ(file, golden);
}

TEST(SafetensorsWriter, OrderOfTheTensorsDoesNotMatter) {
  const TensorView weight{"weight", DType::uint8, {4}, bytes_of(kWeight)};
  const TensorView bias{"bias", DType::uint8, {2}, bytes_of(kBias)};
  EXPECT_EQ(encoded({weight, bias}), encoded({bias, weight}));
}

TEST(SafetensorsWriter, DataStartAtAMultipleOfEightForEveryLengthOfName) {
  for (std::size_t length = 1; length <= 16; ++length) {
    const auto file = encoded({{std::string(length, 'n'), DType::uint8, {2}, bytes_of(kBias)}});
    EXPECT_EQ((file.size() - kBias.size()) % 8, 0U) << length;
  }
}

TEST(SafetensorsWriter, NoTensorsMakeAFileOfMetadataOnly) {
  EXPECT_EQ(header_of(encoded({})), R"({"__metadata__":{"format":"pt"}})");
}

TEST(SafetensorsWriter, EveryTypeHasItsNameAndSize) {
  struct Case {
    DType dtype;
    std::string name;
    std::int64_t elements_in_eight_bytes;
  };
  const std::array<std::byte, 8> eight{};
  for (const Case& c :
       {Case{DType::float32, "F32", 2}, Case{DType::float64, "F64", 1},
        Case{DType::bfloat16, "BF16", 4}, Case{DType::float16, "F16", 4},
        Case{DType::int64, "I64", 1}, Case{DType::int32, "I32", 2}, Case{DType::uint8, "U8", 8}}) {
    const auto file = encoded({{"t", c.dtype, {c.elements_in_eight_bytes}, eight}});
    EXPECT_NE(header_of(file).find("\"dtype\":\"" + c.name + "\""), std::string::npos) << c.name;
  }
}

TEST(SafetensorsWriter, ScalarsHaveAnEmptyShapeAndEmptyTensorsNoBytes) {
  const std::array<std::int64_t, 1> scalar = {42};
  const auto file = encoded(
      {{"scalar", DType::int64, {}, bytes_of(scalar)}, {"nothing", DType::float32, {0, 3}, {}}});
  EXPECT_EQ(header_of(file), R"({"__metadata__":{"format":"pt"},)"
                             R"("nothing":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},)"
                             R"("scalar":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})");
}

// A sink that hashes and writes wants pieces that stay in the cache.
TEST(SafetensorsWriter, LargeTensorsComeInPieces) {
  const std::vector<std::byte> large(5'000'000);
  std::size_t largest = 0;
  std::size_t total = 0;
  write_safetensors({{"t", DType::uint8, {5'000'000}, large}}, [&](auto bytes) {
    largest = std::max(largest, bytes.size());
    total += bytes.size();
  });
  EXPECT_LE(largest, std::size_t{1} << 20);
  EXPECT_EQ(total % 8, large.size() % 8);
  EXPECT_GT(total, large.size());
}

TEST(SafetensorsWriter, TensorsThatCannotBeWrittenAreRefused) {
  struct Case {
    std::string what;
    std::vector<TensorView> tensors;
    std::string says;
  };
  const auto bias = bytes_of(kBias);
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  const std::vector<Case> cases = {
      {"equal names",
       {{"a", DType::uint8, {2}, bias},
        {"b", DType::uint8, {2}, bias},
        {"a", DType::uint8, {2}, bias}},
       "two tensors have the name 'a'"},
      {"too few bytes",
       {{"a", DType::float32, {2}, bias}},
       "'a': 2 bytes, but shape [2] of float32 takes 8"},
      {"too many bytes", {{"a", DType::uint8, {1}, bias}}, "takes 1"},
      {"negative length", {{"a", DType::uint8, {-1, -2}, bias}}, "negative"},
      {"overflow", {{"a", DType::uint8, {kHuge, 8}, bias}}, "too large"},
      {"reserved name", {{"__metadata__", DType::uint8, {2}, bias}}, "__metadata__"},
      {"not UTF-8", {{"a\xff", DType::uint8, {2}, bias}}, "UTF-8"},
  };
  for (const Case& c : cases) {
    try {
      encoded(c.tensors);
      ADD_FAILURE() << c.what << ": accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::invalid) << c.what;
      EXPECT_NE(std::string(error.what()).find(c.says), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace muster::checkpoint
