// The digits that are shipped are what their README says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/data/formats/csv_support.h"

namespace muster::data {
namespace {

using ::testing::ElementsAre;

std::unique_ptr<Dataset> open_digits(const std::string& name) {
  config::CsvOptions options = label_last();
  options.scale = 0.0625;
  options.files = {std::string(MUSTER_SOURCE_DIR) + "/configs/datasets/digits/" + name};
  const config::FieldNeed needs[] = {
      {"label", config::FieldNeed::Kind::integers, {}, "", {{0, 9, "there are ten digits"}}}};
  return open_dataset(options, needs);
}

std::vector<std::int64_t> count_labels(const Dataset& dataset) {
  std::vector<std::int64_t> counts(10, 0);
  for (const std::int64_t label : values_of<std::int64_t>(dataset, "label")) {
    ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}

TEST(Digits, AreAll1797) {
  EXPECT_EQ(open_digits("train.csv")->size(), 1438);
  EXPECT_EQ(open_digits("eval.csv")->size(), 359);
}

TEST(Digits, AreImagesOf64PixelsFrom0To1) {
  for (const char* name : {"train.csv", "eval.csv"}) {
    const auto dataset = open_digits(name);
    EXPECT_THAT(dataset->fields()[0].shape, ElementsAre(64));
    const auto pixels = values_of<float>(*dataset, "input");
    EXPECT_EQ(*std::min_element(pixels.begin(), pixels.end()), 0);
    EXPECT_EQ(*std::max_element(pixels.begin(), pixels.end()), 1);
  }
}

TEST(Digits, EveryFifthSampleOfTheSourceIsHeldOut) {
  EXPECT_THAT(count_labels(*open_digits("train.csv")),
              ElementsAre(151, 161, 143, 131, 147, 154, 150, 136, 127, 138));
  EXPECT_THAT(count_labels(*open_digits("eval.csv")),
              ElementsAre(27, 21, 34, 52, 34, 28, 31, 43, 47, 42));
  // The source begins with the digits 0 to 9 in order.
  EXPECT_THAT(values_of<std::int64_t>(*open_digits("train.csv"), "label", {0, 1, 2, 3, 4, 5}),
              ElementsAre(0, 1, 2, 3, 5, 6));
  EXPECT_THAT(values_of<std::int64_t>(*open_digits("eval.csv"), "label", {0, 1}),
              ElementsAre(4, 9));
}

}  // namespace
}  // namespace muster::data
