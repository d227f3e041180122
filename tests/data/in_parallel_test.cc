#include "data/in_parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace muster::data {
namespace {

TEST(InParallel, EveryIndexComesOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
    std::vector<std::atomic<int>> calls(count);
    in_parallel(count, [&](std::size_t index) { ++calls[index]; });
    for (const std::atomic<int>& made : calls) EXPECT_EQ(made, 1);
  }
}

TEST(InParallel, LeastIndexThatFailsIsTheOneThatIsThrown) {
  for (int repetition = 0; repetition < 50; ++repetition) {
    try {
      in_parallel(100, [](std::size_t index) {
        if (index >= 3) throw std::runtime_error(std::to_string(index));
      });
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "3");
    }
  }
}

}  // namespace
}  // namespace muster::data
