// Files that are almost right: whatever is done to a good one, it is read to its end, without a
// crash, and either it is right or something is said about it.
#include <gtest/gtest.h>

#include "common/config/resolve.h"
#include "tests/common/config/support.h"
#include "tests/support/mutator.h"

namespace muster::config {
namespace {

const std::vector<std::string> kPieces = {"[",
                                          "]",
                                          "{",
                                          "}",
                                          ":",
                                          ": ",
                                          ",",
                                          "\n",
                                          "  ",
                                          "\t",
                                          "- ",
                                          "&a ",
                                          "*a",
                                          "!",
                                          "!!x ",
                                          "'",
                                          "\"",
                                          "\\",
                                          "#",
                                          "|\n",
                                          ">\n",
                                          "? ",
                                          "<<: ",
                                          "---\n",
                                          "...",
                                          "%",
                                          "@",
                                          "null",
                                          "-1",
                                          "0",
                                          "1e9",
                                          "é",
                                          "\r",
                                          "\xEF\xBB\xBF",
                                          "name: mlp",
                                          "[[[[",
                                          "{{{{",
                                          "99999999999999999999",
                                          "-9223372036854775808",
                                          "4611686018427387904"};

TEST(Mutations, OfAGoodFileNeverCrash) {
  Mutator mutator(3, kPieces);
  int accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = mutator.mutate(good());
    LoadResult result = parse(text);
    if (!result.diagnostics.empty()) continue;
    ++accepted;
    resolve(result, {.workers = 2});
    EXPECT_FALSE(to_yaml(result.experiment).empty());
  }
  // Some mutations do no harm (a comment, a longer name): the others must have been refused.
  EXPECT_GT(accepted, 10);
  EXPECT_LT(accepted, 750);
}

TEST(Mutations, OfOverridesNeverCrash) {
  const std::vector<std::string> overrides = {"optimizer.lr=1e-3", "model.channels[1]=3",
                                              "cluster={workers: 1}", "cluster.env.A=b"};
  Mutator mutator(4, kPieces);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string override = mutator.mutate(overrides[mutator.below(overrides.size())]);
    if (!parse(good(), {override}).diagnostics.empty()) ++refused;
  }
  EXPECT_GT(refused, 750);
}

}  // namespace
}  // namespace muster::config
