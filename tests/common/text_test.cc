// Texts for people, and suggestions.
#include "common/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace muster {
namespace {

using Words = std::vector<std::string>;

TEST(Shortest, IsTheShortestTextOfTheValue) {
  EXPECT_EQ(shortest(0.003), "0.003");
  EXPECT_EQ(shortest(1e-8), "1e-08");
  EXPECT_EQ(shortest(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(shortest(-0.0), "-0");
  EXPECT_EQ(shortest(-std::nan("")), "nan");
  EXPECT_EQ(shortest(-std::numeric_limits<double>::infinity()), "-inf");
}

RC_GTEST_PROP(Shortest, ReadsBackAsTheSameValue, (double value)) {
  RC_ASSERT(std::stod(shortest(value)) == value);
}

TEST(WithThousands, SeparatesGroupsOfThree) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1797), "1,797");
  EXPECT_EQ(with_thousands(-123456), "-123,456");
  EXPECT_EQ(with_thousands(1234567890), "1,234,567,890");
  EXPECT_EQ(with_thousands(std::numeric_limits<long long>::min()), "-9,223,372,036,854,775,808");
}

TEST(HumanBytes, PicksTheUnit) {
  EXPECT_EQ(human_bytes(0), "0 B");
  EXPECT_EQ(human_bytes(320), "320 B");
  EXPECT_EQ(human_bytes(999.4), "999 B");
  EXPECT_EQ(human_bytes(999.6), "1.0 kB");
  EXPECT_EQ(human_bytes(1.5e9), "1.5 GB");
  EXPECT_EQ(human_bytes(999'960), "1.0 MB");
  EXPECT_EQ(human_bytes(1e21), "1000.0 EB");
}

TEST(HumanSeconds, GetsCoarserAsItGrows) {
  EXPECT_EQ(human_seconds(0), "0.00s");
  EXPECT_EQ(human_seconds(1.234), "1.23s");
  EXPECT_EQ(human_seconds(9.996), "10.0s");
  EXPECT_EQ(human_seconds(14.2), "14.2s");
  EXPECT_EQ(human_seconds(59.96), "1m 00s");
  EXPECT_EQ(human_seconds(125), "2m 05s");
  EXPECT_EQ(human_seconds(3599.7), "1h 00m");
  EXPECT_EQ(human_seconds(90'061), "25h 01m");
  EXPECT_EQ(human_seconds(-14.2), "-14.2s");
  EXPECT_EQ(human_seconds(std::numeric_limits<double>::infinity()), "infs");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,b", ','), (Words{"a", "b"}));
  EXPECT_EQ(split(",a,,", ','), (Words{"", "a", "", ""}));
  EXPECT_EQ(split("", ','), (Words{""}));
}

RC_GTEST_PROP(Join, UndoesSplit, (const std::string& text)) {
  RC_ASSERT(join(split(text, ','), ",") == text);
}

TEST(NearestWord, FindsTheWordThatWasMeant) {
  const Words words = {"optimizer", "objective", "output", "workers", "eval"};
  EXPECT_EQ(nearest_word("optimzer", words), "optimizer");  // One letter lost.
  EXPECT_EQ(nearest_word("wrokers", words), "workers");     // Two neighbours swapped.
  EXPECT_EQ(nearest_word("optim", words), "optimizer");     // Only the beginning.
  EXPECT_EQ(nearest_word("evaluation", words), "eval");     // The word is the beginning.
  EXPECT_EQ(nearest_word("zzz", words), "");
  EXPECT_EQ(nearest_word("", words), "");
  EXPECT_EQ(nearest_word("eval", {}), "");
  EXPECT_EQ(nearest_word(std::string(100'000, 'x'), words), "");
}

TEST(NearestWord, PrefersTheNearestAndThenTheFirst) {
  EXPECT_EQ(nearest_word("step", {"stop", "steps"}), "stop");
  EXPECT_EQ(nearest_word("steps", {"stop", "steps"}), "steps");
}

}  // namespace
}  // namespace muster
