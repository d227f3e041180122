// Files that are almost right: whatever is done to a good one, it is read to its end, without a
// crash, and either it is right or something is said about it.
#include <gtest/gtest.h>

#include <random>

#include "common/config/resolve.h"
#include "tests/common/config/support.h"

namespace muster::config {
namespace {

class Mutator {
 public:
  explicit Mutator(unsigned seed) : generator_(seed) {}

  std::string mutate(std::string text) {
    for (std::size_t times = 1 + below(4); times > 0; --times) change(text);
    return text;
  }
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(generator_);
  }

 private:
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = below(8);
    switch (below(5)) {
      case 0:
        text.erase(std::min(at, text.size()), length);
        break;
      case 1:
        text.insert(at, kPieces[below(std::size(kPieces))]);
        break;
      case 2:
        text.insert(at, text.substr(below(text.size() + 1), 20));
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      default:
        text.resize(at);
    }
  }

  static constexpr const char* kPieces[] = {"[",
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

  std::mt19937 generator_;
};

TEST(Mutations, OfAGoodFileNeverCrash) {
  Mutator mutator(3);
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
  Mutator mutator(4);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string override = mutator.mutate(overrides[mutator.below(overrides.size())]);
    if (!parse(good(), {override}).diagnostics.empty()) ++refused;
  }
  EXPECT_GT(refused, 750);
}

}  // namespace
}  // namespace muster::config
