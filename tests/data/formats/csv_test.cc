// What csv files become: fields, types, values, manifest, batches.
#include "data/formats/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "common/hash.h"
#include "common/text.h"
#include "tests/data/formats/csv_support.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;

TEST(Csv, ShortFormIsInputAndLabel) {
  const auto dataset = open_text("1,2,3\n4,5,6\n");
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_THAT(dataset->fields(),
              ElementsAre(FieldSpec{.name = "input", .dtype = DType::float32, .shape = {2}},
                          FieldSpec{.name = "label", .dtype = DType::int64}));
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(3, 6));
}

TEST(Csv, ShortFormTakesTheLabelFromAnyColumnAndScalesTheInput) {
  config::CsvOptions options;
  options.label = 1;
  options.scale = 0.0625;
  const auto dataset = open_text("16,7,8\n", options);
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(1.0f, 0.5f));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(7));
}

TEST(Csv, FieldsTakeTheirColumnsInTheirOrderAndType) {
  config::CsvOptions options;
  options.fields["ids"] = {.columns = {2, 0}, .dtype = DType::int64};
  options.fields["count"] = {.columns = {-2}, .dtype = DType::int32};
  options.fields["price"] = {.columns = {1}, .dtype = DType::float64, .scale = 0.5};
  options.fields["again"] = {.columns = {0, 1, 2, 3, 4}, .dtype = DType::float32};
  const auto dataset = open_text("10,0.1,12,-13,14\n20,2.5,22,23,24\n", options);
  EXPECT_THAT(dataset->fields(),
              ElementsAre(FieldSpec{.name = "again", .dtype = DType::float32, .shape = {5}},
                          FieldSpec{.name = "count", .dtype = DType::int32},
                          FieldSpec{.name = "ids", .dtype = DType::int64, .shape = {2}},
                          FieldSpec{.name = "price", .dtype = DType::float64}));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "ids"), ElementsAre(12, 10, 22, 20));
  EXPECT_THAT(values_of<std::int32_t>(*dataset, "count"), ElementsAre(-13, 23));
  EXPECT_THAT(values_of<double>(*dataset, "price"), ElementsAre(0.05, 1.25));
  EXPECT_THAT(values_of<float>(*dataset, "again"),
              ElementsAre(10, 0.1f, 12, -13, 14, 20, 2.5f, 22, 23, 24));
}

TEST(Csv, ColumnsThatNoFieldUsesMayHoldText) {
  config::CsvOptions options;
  options.fields["input"] = {.columns = {1}};
  const auto dataset = open_text("first.png,1,\nsecond.png,2,nan\n", options);
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(1, 2));
}

TEST(Csv, AcceptsTheUsualVariants) {
  const std::pair<const char*, const char*> cases[] = {
      {"LF", "1,2\n3,4\n"},
      {"CRLF", "1,2\r\n3,4\r\n"},
      {"mixed", "1,2\n3,4\r\n"},
      {"no end of the last line", "1,2\n3,4"},
      {"CR at the end of the file", "1,2\r\n3,4\r"},
      {"blank lines at the end", "1,2\n3,4\n\n\r\n  \n"},
      {"byte order mark",
       "\xEF\xBB\xBF"
       "1,2\n3,4\n"},
      {"spaces and tabs", " 1, 2\n3 ,\t4 \n"},
      {"plus signs", "+1,+2\n+3,+4\n"},
  };
  for (const auto& [name, contents] : cases) {
    SCOPED_TRACE(name);
    const auto dataset = open_text(contents);
    EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(1, 3));
    EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(2, 4));
  }
}

TEST(Csv, RoundsOnceFromTheScaledDouble) {
  // In float32 the product would be rounded twice: 0.3f * 3.0f differs from float(0.3 * 3.0).
  config::CsvOptions options = label_last();
  options.scale = 3.0;
  const auto dataset = open_text("0.3,0\n", options);
  EXPECT_THAT(values_of<float>(*dataset, "input"), ElementsAre(static_cast<float>(0.3 * 3.0)));
  EXPECT_NE(static_cast<float>(0.3 * 3.0), 0.3f * 3.0f);
}

TEST(Csv, ReadsBackEveryNumberItIsGiven) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  std::string contents;
  std::vector<double> expected;
  for (int line = 0; line < 2000; ++line) {
    for (int column = 0; column < 9; ++column) {
      const double number = normal(random) * std::pow(10, line % 40 - 20);
      expected.push_back(number);
      contents += shortest(number) + (column == 8 ? "\n" : ",");
    }
  }
  config::CsvOptions options;
  options.fields["x"] = {.columns = {0, 1, 2, 3, 4, 5, 6, 7, 8}, .dtype = DType::float64};
  EXPECT_EQ(values_of<double>(*open_text(contents, options), "x"), expected);
}

TEST(Csv, FilesFollowOneAnother) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.files = {folder.write("b.csv", "1,2\n3,4\n"), folder.write("a.csv", "5,6")};
  const auto dataset = open_dataset(options);
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label"), ElementsAre(2, 4, 6));
  ASSERT_EQ(dataset->manifest().files.size(), 2u);
  const FileEntry& second = dataset->manifest().files[1];
  EXPECT_EQ(second.path, (folder.path() / "a.csv").string());
  EXPECT_EQ(second.bytes, 3);
  EXPECT_EQ(second.records, 1);
  Xxh3 hash;
  hash.update(std::as_bytes(std::span("5,6", 3)));
  EXPECT_EQ(second.xxh3, hash.hex());
}

TEST(Csv, ReadsSamplesInTheOrderAskedFor) {
  const auto dataset = open_text("1,10\n2,20\n3,30\n");
  EXPECT_THAT(values_of<float>(*dataset, "input", {2, 0, 2}), ElementsAre(3, 1, 3));
  EXPECT_THAT(values_of<std::int64_t>(*dataset, "label", {2, 0, 2}), ElementsAre(30, 10, 30));
}

TEST(Csv, ABatchOfNoSamplesHasAllFields) {
  const Batch batch = open_text("1,10\n")->read({});
  EXPECT_EQ(batch.samples, 0);
  EXPECT_EQ(batch.field("input").values.size(), 0u);
  EXPECT_EQ(batch.field("label").spec.dtype, DType::int64);
}

TEST(Csv, BatchesAreAligned) {
  const Batch batch = open_text("1,10\n2,20\n")->read(std::vector<std::int64_t>{1});
  for (const BatchField& field : batch.fields) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(field.values.data()) % 64, 0u) << field.spec.name;
  }
}

TEST(Csv, ValuesInsideALimitAreAccepted) {
  const config::FieldNeed needs[] = {
      {"label", config::FieldNeed::Kind::integers, {}, "", {{0, 9, "model.classes is 10"}}}};
  EXPECT_EQ(open_text("1,0\n2,9\n", label_last(), needs)->size(), 2);
}

TEST(Csv, AcceptsTheFilesOfItsManifest) {
  const TemporaryFolder folder;
  config::CsvOptions options = label_last();
  options.files = {folder.write("a.csv", "1,2\n")};
  const Manifest manifest = open_dataset(options)->manifest();
  EXPECT_EQ(open_dataset(options, {}, &manifest)->manifest(), manifest);
}

}  // namespace
}  // namespace muster::data
