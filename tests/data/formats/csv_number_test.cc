// Which texts are numbers, and which number.
#include "data/formats/csv_number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>
#include <random>
#include <string>

namespace muster::data {

void PrintTo(CellFault fault, std::ostream* out) {
  constexpr const char* kNames[] = {"none",           "empty",      "not_a_number",
                                    "not_an_integer", "not_finite", "out_of_range"};
  *out << kNames[static_cast<int>(fault)];
}

namespace {

TEST(ParseFloat, ReadsNumbersAsTheNearestDouble) {
  const std::pair<const char*, double> cases[] = {
      {"0", 0},
      {"12", 12},
      {"-3", -3},
      {"0.1", 0.1},
      {"5.", 5},
      {".5", 0.5},
      {"-.5", -0.5},
      {"1e5", 1e5},
      {"2.5E-3", 2.5e-3},
      {"+7", 7},
      {"+.5", 0.5},
      {" 1.5", 1.5},
      {"1.5 \t", 1.5},
      {"00012", 12},
      {"1e-320", 1e-320},
      {"9007199254740993", 9007199254740992.0},  // Half way, rounded to even.
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
  };
  for (const auto& [text, expected] : cases) {
    double value = -1;
    EXPECT_EQ(parse_float(text, value), CellFault::none) << text;
    EXPECT_EQ(value, expected) << text;
  }
}

TEST(ParseFloat, KeepsTheSignOfZero) {
  double value = 1;
  EXPECT_EQ(parse_float("-0", value), CellFault::none);
  EXPECT_TRUE(std::signbit(value));
}

TEST(ParseFloat, RefusesWhatIsNotAFiniteNumber) {
  const std::pair<const char*, CellFault> cases[] = {
      {"", CellFault::empty},
      {"  \t", CellFault::empty},
      {"abc", CellFault::not_a_number},
      {"1x", CellFault::not_a_number},
      {"1 2", CellFault::not_a_number},
      {"0x10", CellFault::not_a_number},
      {"1e", CellFault::not_a_number},
      {"1_000", CellFault::not_a_number},
      {"+", CellFault::not_a_number},
      {"-", CellFault::not_a_number},
      {"+-1", CellFault::not_a_number},
      {"++1", CellFault::not_a_number},
      {".", CellFault::not_a_number},
      {"\"1\"", CellFault::not_a_number},
      {"NA", CellFault::not_a_number},
      {"1;2", CellFault::not_a_number},
      {"nan", CellFault::not_finite},
      {"NaN", CellFault::not_finite},
      {"inf", CellFault::not_finite},
      {"-Infinity", CellFault::not_finite},
      {"1e400", CellFault::out_of_range},
      {"-1e400", CellFault::out_of_range},
  };
  for (const auto& [text, expected] : cases) {
    double value = 0;
    EXPECT_EQ(parse_float(text, value), expected) << "'" << text << "'";
  }
}

TEST(ParseInteger, ReadsTheWholeRangeOfInt64) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"0", 0},
      {"-1", -1},
      {"+4", 4},
      {" 12 ", 12},
      {"007", 7},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
  };
  for (const auto& [text, expected] : cases) {
    std::int64_t value = -5;
    EXPECT_EQ(parse_integer(text, value), CellFault::none) << text;
    EXPECT_EQ(value, expected) << text;
  }
}

TEST(ParseInteger, RefusesWhatIsNotOne) {
  const std::pair<const char*, CellFault> cases[] = {
      {"", CellFault::empty},
      {"x", CellFault::not_a_number},
      {"1.5", CellFault::not_an_integer},
      {"3.0", CellFault::not_an_integer},
      {"1e3", CellFault::not_an_integer},
      {"1e999", CellFault::not_an_integer},
      {"nan", CellFault::not_finite},
      {"9223372036854775808", CellFault::out_of_range},
      {"-9223372036854775809", CellFault::out_of_range},
  };
  for (const auto& [text, expected] : cases) {
    std::int64_t value = 0;
    EXPECT_EQ(parse_integer(text, value), expected) << "'" << text << "'";
  }
}

ScannedCell scan(const std::string& text) {
  return scan_cell(text.data(), text.data() + text.size(), ',');
}

TEST(ScanCell, EndsAtTheFirstComma) {
  for (const std::string text :
       {"", ",", ",1,2", "1", "1,2,3,4,5,6", "123,", "123456,7", "1234567,8", "12345678,9",
        "abc,12345678", "-1.5,2,3,4", "1234567890123456789", "1 ,22222222", " 1,22222222",
        "12\xff,4567890"}) {
    const std::size_t expected = std::min(text.find(','), text.size());
    EXPECT_EQ(scan(text).end - text.data(), static_cast<std::ptrdiff_t>(expected)) << text;
  }
}

TEST(ScanCell, ReadsAFewDigitsRightAndNothingElse) {
  std::mt19937_64 random(3);
  for (int trial = 0; trial < 20'000; ++trial) {
    const std::uint64_t bits = random() % 30;
    const auto number = static_cast<std::int64_t>(random() & ((std::uint64_t{1} << bits) - 1));
    const std::string digits = std::to_string(number);
    const ScannedCell cell = scan(digits + ",12345678");
    EXPECT_EQ(cell.is_digits, digits.size() <= 7) << digits;
    EXPECT_EQ(cell.digits, cell.is_digits ? number : 0) << digits;
  }
  // One byte that is not a digit, at each place, of each value.
  for (std::size_t place = 0; place < 4; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "1234,12345678";
      text[place] = static_cast<char>(byte);
      const bool is_digit = byte >= '0' && byte <= '9';
      const bool is_comma = byte == ',' && place > 0;
      EXPECT_EQ(scan(text).is_digits, is_digit || is_comma) << byte;
    }
  }
}

}  // namespace
}  // namespace muster::data
