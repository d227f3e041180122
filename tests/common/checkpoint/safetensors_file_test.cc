#include "common/checkpoint/safetensors_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "common/hash.h"
#include "tests/common/checkpoint/encoded.h"
#include "tests/common/expect_error.h"
#include "tests/common/temporary_folder.h"

namespace muster::checkpoint {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::array<float, 2> kFloats = {1.5F, -2.5F};
constexpr std::array<std::int64_t, 1> kCounter = {42};

class SafetensorsReader : public testing::Test {
 protected:
  SafetensorsFile open(const std::string& contents) {
    write_text(path_, contents);
    return SafetensorsFile(path_);
  }

  /// `header` with its length before it and `data_bytes` zeros behind it.
  static std::string file_of(const std::string& header, std::size_t data_bytes) {
    std::string length;
    for (int i = 0; i < 8; ++i) length += static_cast<char>(header.size() >> (8 * i));
    return length + header + std::string(data_bytes, '\0');
  }

  /// Says why the file is refused.
  std::string refusal(const std::string& header, std::size_t data_bytes = 8) {
    const Error error = error_of([&] { open(file_of(header, data_bytes)); });
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    EXPECT_THAT(error.what(), HasSubstr(path_.string()));
    return error.what();
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.safetensors";
};

TEST_F(SafetensorsReader, ReadsWhatTheWriterWrote) {
  const SafetensorsFile file = open(encoded({
      {"w", DType::float32, {1, 2}, bytes_of(kFloats)},
      {"counter", DType::int64, {}, bytes_of(kCounter)},
      {"nothing \"é\"", DType::bfloat16, {0, 3}, {}},
  }));
  ASSERT_EQ(file.tensors().size(), 3U);
  const TensorEntry& weight = file.at("w");
  EXPECT_EQ(weight.dtype, DType::float32);
  EXPECT_THAT(weight.shape, ElementsAre(1, 2));
  std::array<float, 2> floats{};
  file.read(weight, std::as_writable_bytes(std::span(floats)));
  EXPECT_EQ(floats, kFloats);
  std::array<std::int64_t, 1> counter{};
  file.read(file.at("counter"), std::as_writable_bytes(std::span(counter)));
  EXPECT_EQ(counter, kCounter);
  file.read(file.at("nothing \"é\""), {});
  EXPECT_EQ(file.find("x"), nullptr);
  EXPECT_THAT(error_of([&] { file.at("x"); }).what(),
              HasSubstr("a.safetensors: has no tensor 'x'"));
}

// As other programs write it: keys and tensors in any order, metadata, no padding.
TEST_F(SafetensorsReader, ReadsWhatOthersWrite) {
  const SafetensorsFile file = open(
      file_of(R"({"b":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"__metadata__":{"x":"y"},)"
              R"("a":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]}} )",
              8));
  EXPECT_EQ(file.tensors().front().name, "a");
  EXPECT_EQ(file.at("b").begin, 4U);
}

TEST_F(SafetensorsReader, FilesThatDoNotFitTogetherAreRefusedWithTheTensorNamed) {
  const auto tensor = [](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
  };
  struct Case {
    std::string header;
    std::string says;
  };
  const std::vector<Case> cases = {
      {tensor("F32", "[2]", "[0,4]"), "'a': data_offsets [0,4] are 4 bytes, but shape [2]"},
      {tensor("F32", "[1]", "[0,4]"), "the tensors are 4 bytes, but the file has 8"},
      {tensor("F32", "[1]", "[4,8]"), "'a': data_offsets [4,8] leave a hole"},
      {tensor("F32", "[4]", "[0,16]"), "'a': data_offsets [0,16] reach beyond the end"},
      {tensor("F32", "[2]", "[8,0]"), "'a': data_offsets [8,0] end before they begin"},
      {tensor("F8_E4M3", "[8]", "[0,8]"), "'a': type 'F8_E4M3' is none of"},
      {tensor("F32", "[-2]", "[0,8]"), "'a': a negative number is wrong as shape"},
      {tensor("F32", "[2.0]", "[0,8]"), "'a': a number is wrong as shape"},
      {tensor("F32", "[[2]]", "[0,8]"), "'a': an array is wrong as shape"},
      {tensor("F32", "[2]", "[0,8,8]"), "'a': more than two data_offsets"},
      {tensor("F32", "[2]", "[0]"), "'a': data_offsets must be two numbers"},
      {tensor("F32", "[9223372036854775807,3]", "[0,8]"), "is too large"},
      {tensor("F32", "[9223372036854775808]", "[0,8]"), "'a': a length in its shape"},
      {tensor("F32", "2", "[0,8]"), "'a': a number is wrong as shape"},
      {R"({"a":{"dtype":"F32","shape":[2]}})", "'a': key 'data_offsets' is missing"},
      {R"({"a":{"dtype":"F32","dtype":"F32"}})", "'a': key 'dtype' is there twice"},
      {R"({"a":{"type":"F32"}})", "'a': key 'type' is none of"},
      {R"({"a":[]})", "'a' must be an object, got an array"},
      {R"({"__metadata__":{"format":1}})", "__metadata__: a number is wrong"},
      {R"({"__metadata__":{},"__metadata__":{}})", "two entries have the name '__metadata__'"},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
       R"("b":{"dtype":"U8","shape":[6],"data_offsets":[2,8]}})",
       "'b': data_offsets [2,8] overlap"},
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
       R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
       "two entries have the name 'a'"},
      {"[]", "does not begin with '{'"},
      {" {}", "does not begin with '{'"},
      {"", "does not begin with '{'"},
      {"{", "not JSON"},
      {"{}x", "not JSON"},
      {"{\"a\xff\":{}}", "not JSON"},
      {std::string("{}\0", 3), "zero byte"},
  };
  for (const Case& c : cases) EXPECT_THAT(refusal(c.header), HasSubstr(c.says)) << c.header;
  std::string dimensions = "[1";
  for (int i = 0; i < 64; ++i) dimensions += ",1";
  EXPECT_THAT(refusal(tensor("F32", dimensions + "]", "[0,4]")), HasSubstr("dimensions"));
}

TEST_F(SafetensorsReader, DeepNestingIsRefusedAtOnce) {
  EXPECT_THAT(refusal(R"({"a":)" + std::string(1'000'000, '[')),
              HasSubstr("'a' must be an object"));
}

TEST_F(SafetensorsReader, HeaderLengthsThatCannotBeAreRefused) {
  const auto says = [this](const std::string& contents) {
    return std::string(error_of([&] { open(contents); }).what());
  };
  EXPECT_THAT(says(""), HasSubstr("0 bytes are too few"));
  EXPECT_THAT(says("1234567"), HasSubstr("7 bytes are too few"));
  EXPECT_THAT(says(std::string("\x03\0\0\0\0\0\0\0{}", 10)), HasSubstr("is cut"));
  EXPECT_THAT(says(std::string(8, '\xff') + "{}"), HasSubstr("the format allows 100000000"));
}

TEST_F(SafetensorsReader, WhatIsNoFileIsRefusedWithoutWaiting) {
  const std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {pipe, folder_ / "", folder_ / "missing"}) {
    EXPECT_EQ(code_of_error([&] { SafetensorsFile file(path); }), ErrorCode::corrupt) << path;
  }
}

// A mapped file would end the program with SIGBUS here.
TEST_F(SafetensorsReader, FileThatIsCutAfterItWasOpenedIsAnErrorThatNamesTheTensor) {
  const SafetensorsFile file = open(encoded({{"w", DType::float32, {2}, bytes_of(kFloats)}}));
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 4);
  std::array<std::byte, 8> bytes{};
  const Error error = error_of([&] { file.read(file.at("w"), bytes); });
  EXPECT_EQ(error.code(), ErrorCode::corrupt);
  EXPECT_THAT(error.what(), AllOf(HasSubstr(path_.string()), HasSubstr("'w'")));
}

TEST_F(SafetensorsReader, InPiecesGivesEveryByteOnceAndTheHashOfTheFile) {
  std::vector<double> large(100'000);  // Several pieces, the last one shorter.
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<double>(i);
  const std::string contents = encoded({{"a", DType::float64, {100'000}, bytes_of(large)},
                                        {"b", DType::int64, {1}, bytes_of(kCounter)},
                                        {"none", DType::float32, {0}, {}}});
  const SafetensorsFile file = open(contents);
  std::map<std::string, std::vector<std::byte>> read;
  int progress = 0;
  const std::string sha256 = file.read_in_pieces(
      [&](const TensorPiece& piece) {
        std::vector<std::byte>& bytes = read[piece.tensor.name];
        EXPECT_EQ(piece.begin, bytes.size());
        EXPECT_EQ(piece.bytes.size() % bytes_per_element(piece.tensor.dtype), 0U);
        bytes.insert(bytes.end(), piece.bytes.begin(), piece.bytes.end());
      },
      [&progress] { ++progress; });
  EXPECT_EQ(read.size(), 2U);
  EXPECT_TRUE(std::ranges::equal(read["a"], bytes_of(large)));
  EXPECT_TRUE(std::ranges::equal(read["b"], bytes_of(kCounter)));
  EXPECT_EQ(sha256, sha256_of_file(path_.string()));
  EXPECT_EQ(progress, 5);
  EXPECT_EQ(file.read_in_pieces({}, {}), sha256);
}

}  // namespace
}  // namespace muster::checkpoint
