#include "coordinator/cli/layout.h"

#include <gtest/gtest.h>

namespace muster::coordinator::cli {
namespace {

TEST(Layout, CountsColumnsNotBytesNorColours) {
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("━━"), 2u);
  EXPECT_EQ(columns_of("\x1b[32mab\x1b[0m"), 2u);
  EXPECT_EQ(columns_of(""), 0u);
}

TEST(Layout, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_to("abcdefg", 6), "abc...");
  EXPECT_EQ(cut_to("━━━━━━", 5), "━━...");
  EXPECT_EQ(cut_to("abcdef", 2), "ab");
}

TEST(Layout, AlignsTablesToTheRight) {
  EXPECT_EQ(table({{"a", "long"}, {"100", "b"}}, 2),
            "    a  long\n"
            "  100     b\n");
}

TEST(Layout, BreaksParagraphsAtWords) {
  EXPECT_EQ(paragraph("one two three four", 2, 11),
            "  one two\n"
            "  three\n"
            "  four\n");
  EXPECT_EQ(paragraph("", 2, 11), "");
}

TEST(Layout, CountsNouns) {
  EXPECT_EQ(counted(1, "worker"), "1 worker");
  EXPECT_EQ(counted(0, "worker"), "0 workers");
  EXPECT_EQ(counted(19466, "parameter"), "19,466 parameters");
}

}  // namespace
}  // namespace muster::coordinator::cli
