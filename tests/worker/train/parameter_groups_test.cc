#include "worker/train/parameter_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace muster::worker {
namespace {

using config::ParameterGroup;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::vector<std::string>> kNames = {
    {"layers.0.weight"}, {"layers.0.bias"}, {"norm.weight"}, {"norm.bias"}};

ParameterGroup group(std::vector<std::string> match, bool freeze = false) {
  ParameterGroup made;
  made.match = std::move(match);
  made.freeze = freeze;
  return made;
}

TEST(ParameterGroups, WithoutGroupsEveryParameterIsInNone) {
  EXPECT_THAT(group_parameters({}, kNames).group_of, ElementsAre(0, 0, 0, 0));
}

TEST(ParameterGroups, FirstGroupThatMatchesCountsAndStarMatchesDots) {
  const Grouping grouping = group_parameters({group({"norm.*"}), group({"*.bias"})}, kNames);
  EXPECT_TRUE(grouping.complaints.empty());
  EXPECT_THAT(grouping.group_of, ElementsAre(0, 2, 1, 1));
}

TEST(ParameterGroups, AnyPatternOfAListWillDo) {
  const Grouping grouping = group_parameters({group({"*.bias", "norm.????ht"})}, kNames);
  EXPECT_THAT(grouping.group_of, ElementsAre(0, 1, 1, 1));
}

// Each names the pattern's key and what would be right.
TEST(ParameterGroups, PatternThatDecidesAboutNoParameterIsRefused) {
  struct Case {
    std::vector<ParameterGroup> groups;
    std::string key, message, hint;
  };
  const std::vector<Case> cases = {
      {{group({"*.bias", "norms.weight"})},
       "optimizer.groups[0].match[1]",
       "'norms.weight' matches no parameter",
       "did you mean 'norm.weight'?"},
      {{group({"*.biass"})},
       "optimizer.groups[0].match[0]",
       "'*.biass' matches no parameter",
       "did you mean '*.bias'?"},
      {{group({"qqq"})},
       "optimizer.groups[0].match[0]",
       "'qqq' matches no parameter",
       "the parameters are layers.0.weight, layers.0.bias, norm.weight, norm.bias"},
      {{group({"*"}), group({"*.bias"})},
       "optimizer.groups[1].match[0]",
       "decides nothing",
       "put the narrower pattern first"},
  };
  for (const Case& wrong : cases) {
    const Grouping grouping = group_parameters(wrong.groups, kNames);
    ASSERT_EQ(grouping.complaints.size(), 1u) << wrong.message;
    EXPECT_EQ(grouping.complaints[0].key, wrong.key);
    EXPECT_THAT(grouping.complaints[0].message, HasSubstr(wrong.message));
    EXPECT_THAT(grouping.complaints[0].hint, HasSubstr(wrong.hint));
  }
}

TEST(ParameterGroups, AllNamesOfATiedParameterCount) {
  const std::vector<std::vector<std::string>> tied = {{"embedding.weight", "head.weight"},
                                                      {"head.bias"}};
  EXPECT_THAT(group_parameters({group({"head.w*"})}, tied).group_of, ElementsAre(1, 0));

  const Grouping conflict = group_parameters({group({"head.*"}), group({"embedding.*"})}, tied);
  ASSERT_EQ(conflict.complaints.size(), 1u);
  EXPECT_EQ(conflict.complaints[0].key, "optimizer.groups[0]");
  EXPECT_THAT(conflict.complaints[0].message, HasSubstr("'embedding.weight'"));
}

TEST(ParameterGroups, SomethingMustBeLeftToTrain) {
  EXPECT_TRUE(group_parameters({group({"*.weight"}, true)}, kNames).complaints.empty());
  const Grouping none =
      group_parameters({group({"*.weight"}, true), group({"*.bias"}, true)}, kNames);
  ASSERT_EQ(none.complaints.size(), 1u);
  EXPECT_EQ(none.complaints[0].key, "optimizer.groups");
}

}  // namespace
}  // namespace muster::worker
