// Csv files that are almost right: whatever is done to a good one, it is read to its end, and
// either every value of it can be used or something is said about it.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/data/formats/csv_support.h"
#include "tests/support/mutator.h"

namespace muster::data {
namespace {

const std::vector<std::string> kPieces = {
    ",",
    ",,",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    " ",
    "\t",
    "\"",
    "\"\"",
    "-",
    "+",
    ".",
    "e",
    "e9",
    "1e39",
    "1e999",
    "nan",
    "-inf",
    "0x1",
    ";",
    "\xEF\xBB\xBF",
    "\xff",
    "-0",
    "1e-50",
    "a,b",
    "#",
    "9",
    "99999",
    "\x1a",
    "'",
    "é",
    "9223372036854775808",
};

/// Reads all of it; anything but values or Error{corrupt} is a failure.
bool is_read(const std::string& text) {
  try {
    const auto dataset = open_text(text);
    const auto inputs = values_of<float>(*dataset, "input");
    EXPECT_TRUE(std::all_of(inputs.begin(), inputs.end(), [](float v) { return std::isfinite(v); }))
        << text;
    EXPECT_EQ(values_of<std::int64_t>(*dataset, "label").size(),
              static_cast<std::size_t>(dataset->size()));
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << text;
    EXPECT_NE(std::string(error.what()), "") << text;
    return false;
  }
}

TEST(CsvMutations, OfAGoodFileNeverCrash) {
  Mutator mutator(5, kPieces);
  int accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    accepted += is_read(mutator.mutate("0.5,-1,0\n1e-3,2,1\n.25, 3 ,2\n0,0,9\n")) ? 1 : 0;
  }
  EXPECT_GT(accepted, 100);
  EXPECT_LT(accepted, 1400);
}

}  // namespace
}  // namespace muster::data
