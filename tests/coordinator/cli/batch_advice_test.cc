#include "coordinator/cli/batch_advice.h"

#include <gtest/gtest.h>

namespace muster::coordinator::cli {
namespace {

struct CutCase {
  const char* what;
  BatchCut cut;
  bool expected;
};

TEST(BatchAdvice, FindsEveryPassOfOneSample) {
  const CutCase cases[] = {
      {"no tail", {128, 32, 4, {}}, false},
      {"tail of 29 in 4 lanes: 7, 7, 7, 8", {1437, 128, 4, {}}, false},
      {"tail of 5 in 4 lanes: 1, 1, 1, 2", {133, 128, 4, {}}, true},
      {"tail of 1 in one lane", {129, 128, 1, {}}, true},
      {"tail of 8 in 4 lanes: 2 each", {136, 128, 4, {}}, false},
      {"tail of 2 in 4 lanes: 0, 1, 0, 1", {130, 128, 4, {}}, true},
      {"one sample a lane in full steps", {128, 4, 4, {}}, true},
      {"micro batches of 8 and 1", {128, 36, 4, 8}, true},
      {"micro batches of 8 and 2", {128, 40, 4, 8}, false},
      {"micro batches of 1", {128, 32, 4, 1}, true},
      {"fewer samples than a step, lanes of 1", {6, 128, 4, {}}, true},
      {"fewer samples than a step, lanes of 2", {8, 128, 4, {}}, false},
  };
  for (const CutCase& item : cases) {
    EXPECT_EQ(has_pass_of_one(item.cut), item.expected) << item.what;
  }
}

TEST(BatchAdvice, NamesTheNearestValuesThatAreRight) {
  const BatchCut cut{133, 128, 4, {}};
  EXPECT_EQ(batch_advice(cut, 2), "batch.global: 125 or batch.lanes: 2 would be right");

  BatchCut advised = cut;
  advised.global = 125;
  EXPECT_FALSE(has_pass_of_one(advised));
  advised = cut;
  advised.lanes = 2;
  EXPECT_FALSE(has_pass_of_one(advised));
}

TEST(BatchAdvice, NeverAdvisesFewerLanesThanWorkers) {
  const BatchCut cut{133, 128, 4, {}};
  EXPECT_EQ(batch_advice(cut, 4), "batch.global: 125 would be right");
}

// With one sample in all there is nothing to advise: an empty text, not a wrong one.
TEST(BatchAdvice, IsSilentWhereNothingHelps) { EXPECT_EQ(batch_advice({1, 1, 1, {}}, 1), ""); }

}  // namespace
}  // namespace muster::coordinator::cli
