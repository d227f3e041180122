// idx files: what they become, and what is said about damaged ones.
#include "data/formats/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <bit>
#include <string>
#include <thread>

#include "tests/data/formats/csv_support.h"
#include "tests/data/formats/format_support.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <class Number>
std::string big_endian(Number number) {
  std::string text(sizeof number, '\0');
  for (std::size_t i = 0; i < sizeof number; ++i) {
    text[sizeof number - 1 - i] = reinterpret_cast<const char*>(&number)[i];
  }
  return text;
}

std::string header(int type, const std::vector<std::uint32_t>& sizes) {
  std::string text = {'\0', '\0', static_cast<char>(type), static_cast<char>(sizes.size())};
  for (const std::uint32_t size : sizes) text += big_endian(size);
  return text;
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

/// Three images of 2 x 2 and their labels.
const std::string kImages = header(8, {3, 2, 2}) + std::string(
                                                       "\x00\x01\x02\x03"
                                                       "\x10\x11\x12\x13"
                                                       "\xfc\xfd\xfe\xff",
                                                       12);
const std::string kLabels = header(8, {3}) + std::string("\x07\x00\x09", 3);

class Idx : public ::testing::Test {
 protected:
  config::IdxOptions options(const std::string& images, const std::string& labels) const {
    config::IdxOptions options;
    options.files = {folder_.write("images", images)};
    options.labels = {folder_.write("labels", labels)};
    return options;
  }
  std::string error(const std::string& images, const std::string& labels) const {
    return error_of(folder_, options(images, labels));
  }

  TemporaryFolder folder_;
};

TEST_F(Idx, ImagesAndLabelsBecomeFields) {
  const auto dataset = open_dataset(options(kImages, kLabels));
  EXPECT_THAT(dataset->fields(),
              ElementsAre(FieldSpec{.name = "input", .dtype = DType::float32, .shape = {2, 2}},
                          FieldSpec{.name = "label", .dtype = DType::int64}));
  EXPECT_THAT(values_of<float>(*dataset, "input", {2, 0}),
              ElementsAre(252, 253, 254, 255, 0, 1, 2, 3));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(7, 0, 9));
}

TEST_F(Idx, PackedFilesAreTheSameWhateverTheirName) {
  config::IdxOptions packed = options(gzip(kImages), gzip(kLabels));
  packed.scale = 0.5;
  const auto dataset = open_dataset(packed);
  EXPECT_THAT(values_of<float>(*dataset, "input", {1}), ElementsAre(8, 8.5f, 9, 9.5f));
  EXPECT_EQ(dataset->manifest().files[0].bytes,
            static_cast<std::int64_t>(std::filesystem::file_size(packed.files[0])));
  // Of several members, as some programs pack.
  const std::string members = gzip(kImages.substr(0, 5)) + gzip(kImages.substr(5));
  EXPECT_EQ(open_dataset(options(members, kLabels))->size(), 3);
}

// More than the first piece, so that the room for them grows.
TEST_F(Idx, PackedFilesOfManyPiecesAreReadWhole) {
  std::string values(33 << 20, '\0');
  values.back() = '\x07';
  const std::string images = header(8, {33, 1 << 20}) + values;
  const std::string labels = header(8, {33}) + std::string(33, '\x01');
  const auto dataset = open_dataset(options(gzip(images), labels));
  EXPECT_EQ(values_of<float>(*dataset, "input", {32}).back(), 7);
}

// A size that compressed data of this many bytes might have, so that only the data can tell.
TEST_F(Idx, HeaderThatClaimsMoreThanThereIsDoesNotTakeTheMemory) {
  const config::IdxOptions damaged = options(gzip(header(8, {900'000, 1'000'000})), kLabels);
  std::filesystem::resize_file(damaged.files[0], std::uintmax_t{1} << 30);  // A hole: no data.
  EXPECT_THAT(error_of(folder_, damaged), HasSubstr("images: damaged gzip data"));
}

TEST_F(Idx, EveryElementTypeIsRead) {
  const std::string labels = header(8, {1}) + std::string("\x01", 1);
  const auto input_of = [&](int type, const std::string& value) {
    return values_of<float>(*open_dataset(options(header(type, {1, 1}) + value, labels)), "input");
  };
  EXPECT_THAT(input_of(0x08, "\xff"), ElementsAre(255));
  EXPECT_THAT(input_of(0x09, "\xff"), ElementsAre(-1));
  EXPECT_THAT(input_of(0x0b, big_endian<std::int16_t>(-300)), ElementsAre(-300));
  EXPECT_THAT(input_of(0x0c, big_endian<std::int32_t>(-70000)), ElementsAre(-70000));
  EXPECT_THAT(input_of(0x0d, big_endian(1.25f)), ElementsAre(1.25f));
  EXPECT_THAT(input_of(0x0e, big_endian(-2.5)), ElementsAre(-2.5f));
}

TEST_F(Idx, TypesFollowWhatIsRead) {
  const config::FieldNeed needs[] = {integers("input", {4}, 255), floats("label", {})};
  const auto dataset = open_dataset(options(kImages, kLabels), needs);
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "input", {0}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(values_of<float>(*dataset, "label"), ElementsAre(7, 0, 9));
}

TEST_F(Idx, SizesThatDoNotFitAreRefusedWithBoth) {
  EXPECT_THAT(error(kImages.substr(0, 20), kLabels),
              StartsWith("images: is truncated: the header asks for 28 bytes, and there are 20"));
  EXPECT_THAT(error(kImages + "x", kLabels),
              StartsWith("images: is too long: the header asks for 28 bytes, and there are 29"));
  EXPECT_THAT(error(gzip(kImages.substr(0, 20)), kLabels),
              StartsWith("images: is truncated: the header asks for 28 bytes, and there are 20 "
                         "unpacked"));
  EXPECT_THAT(error(gzip(kImages + "x"), kLabels), StartsWith("images: is too long"));
  EXPECT_THAT(error(kImages.substr(0, 9), kLabels), StartsWith("images: is truncated"));
  EXPECT_THAT(error(kImages, header(8, {2}) + "ab"), HasSubstr("labels: has 2 labels, but"));
}

TEST_F(Idx, OtherFilesAreRefusedByTheirFirstBytes) {
  EXPECT_THAT(error("", kLabels), StartsWith("images: is empty"));
  EXPECT_THAT(error("1,2\n", kLabels), StartsWith("images: is not an idx file: it begins with 31"));
  EXPECT_THAT(error(header(0x0a, {1}) + "a", kLabels), HasSubstr("begins with 00 00 0a 01"));
  EXPECT_THAT(error(header(8, {}), kLabels), HasSubstr("is not an idx file"));
  EXPECT_THAT(error(header(8, {0, 4}), kLabels), HasSubstr("holds no records"));
}

TEST_F(Idx, DamagedPackedDataAreRefused) {
  const std::string packed = gzip(kImages);
  EXPECT_THAT(error(packed.substr(0, packed.size() - 5), kLabels),
              HasSubstr("in the middle of its gzip data"));
  std::string flipped = packed;
  flipped[packed.size() - 6] ^= 1;  // The checksum.
  EXPECT_THAT(error(flipped, kLabels), HasSubstr("damaged gzip data"));
  EXPECT_THAT(error(packed + "tail", kLabels), HasSubstr("damaged gzip data"));
}

// Nothing is unpacked, or reserved, beyond what the header and the size of the file allow.
TEST_F(Idx, BombsAreRefusedWithoutUnpacking) {
  EXPECT_THAT(error(gzip(header(8, {0xffffffff, 0xffff})), kLabels),
              HasSubstr("is truncated: the header asks for 281,"));
  EXPECT_THAT(error(header(8, {0xffffffff, 0xffffffff, 0xffffffff}), kLabels),
              HasSubstr("larger than any file"));
  std::string padded = kImages;
  padded.resize(kImages.size() + 10'000'000);
  EXPECT_THAT(error(gzip(padded), kLabels), HasSubstr("is too long"));
}

TEST_F(Idx, BadRecordsAreNamedOrSkipped) {
  const config::FieldNeed needs[] = {floats("input", {4}), integers("label", {}, 8)};
  config::IdxOptions skipping = options(kImages, kLabels);
  EXPECT_EQ(error_of(folder_, skipping, needs),
            "labels: record 2: '9' is not in 0 to 8 (model.x says so)");
  skipping.bad_records = {config::OnBadRecord::skip, 0.5};
  const config::FieldNeed fewer[] = {floats("input", {4}), integers("label", {}, 7)};
  const auto dataset = open_dataset(skipping, fewer);
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(dataset->skipped().count(), 1);
  const std::string nan = header(0x0d, {2, 1}) + big_endian(std::nanf("")) + big_endian(1.0f);
  EXPECT_THAT(error(nan, header(8, {2}) + "ab"), HasSubstr("record 0: 'nan' is not a finite"));
  // The good ones move up.
  config::IdxOptions floats_only = options(nan, header(8, {2}) + "ab");
  floats_only.bad_records = {config::OnBadRecord::skip, 0.5};
  EXPECT_THAT(values_of<std::int64_t>(*open_dataset(floats_only), "label"), ElementsAre('b'));
}

TEST_F(Idx, FilesFollowOneAnotherAndMustHaveOneShape) {
  config::IdxOptions two = options(kImages, kLabels);
  two.files.push_back(folder_.write("more", header(8, {1, 2, 2}) + "abcd"));
  two.labels.push_back(folder_.write("more-labels", header(8, {1}) + "\x05"));
  EXPECT_THAT(values_of<std::int64_t>(*open_dataset(two), "label", {3, 0}), ElementsAre(5, 7));
  folder_.write("more", header(8, {1, 4}) + "abcd");
  EXPECT_THAT(error_of(folder_, two), HasSubstr("another shape"));
}

TEST_F(Idx, SeveralThreadsReadTheSame) {
  const auto dataset = open_dataset(options(kImages, kLabels));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_THAT(values_of<float>(*dataset, "input", {0}), ElementsAre(0, 1, 2, 3));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace muster::data
