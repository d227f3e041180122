// What counts as text, and where in it something stands.
#include "common/config/utf8.h"

#include <gtest/gtest.h>

#include "common/config/text_places.h"

namespace muster::config {
namespace {

TEST(Utf8, FirstBadByteIsFound) {
  struct Case {
    std::string_view text;
    std::optional<std::size_t> expected;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"", {}},
      {"a\tb\r\n", {}},
      {"aé€😀", {}},
      {"a\0b"sv, 1},
      {"a\x1b[0m", 1},
      {"a\x7f", 1},
      {"\x80", 0},              // A continuation without a beginning.
      {"a\xc3", 1},             // Cut short.
      {"a\xc3(", 1},            // Not continued.
      {"\xc0\xaf", 0},          // Too long for what it says.
      {"\xe0\x80\x80", 0},      //
      {"\xf0\x80\x80\x80", 0},  //
      {"\xed\xa0\x80", 0},      // Half of a pair of UTF-16.
      {"\xf4\x90\x80\x80", 0},  // Behind the last character.
      {"\xff\xfe", 0},          // UTF-16's mark.
  };
  for (const Case& c : cases) EXPECT_EQ(first_bad_byte(c.text), c.expected) << c.text;
}

TEST(TextPlaces, CountLinesAndCharacters) {
  const TextPlaces places("aé b\n€x", {});
  EXPECT_EQ(places.at({0, 4}), (Place{false, 1, 4}));
  EXPECT_EQ(places.at({0, 1}), (Place{false, 1, 2}));
  EXPECT_EQ(places.at({1, 3}), (Place{false, 2, 2}));
  EXPECT_EQ(places.at_byte(9), (Place{false, 2, 2}));
  EXPECT_EQ(places.at({1, 99}), (Place{false, 2, 3}));
  EXPECT_EQ(places.at({9, 9}), (Place{false, 10, 1}));
  EXPECT_EQ(places.text_from({1, 3}), "x");
  EXPECT_EQ(places.text_from({9, 9}), "");
}

TEST(TextPlaces, OfAnOverrideStartAtItsValue) {
  const TextPlaces places("1e-3", {.override_number = 2, .first_column = 14});
  EXPECT_EQ(places.at({0, 1}), (Place{true, 2, 15}));
  EXPECT_EQ(places.whole(), (Place{true, 2, 0}));
}

}  // namespace
}  // namespace muster::config
