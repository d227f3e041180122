#include "worker/train/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace muster::worker {
namespace {

std::vector<float> ramp(int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(std::sin(static_cast<float>(i)) * 3);
  return values;
}

TEST(Arithmetic, AddTurnsMinusZeroIntoZeroAsTheTreeReliesOn) {
  std::vector<float> to = {-0.0f, 1.0f}, from = {0.0f, 2.0f};
  add(to.data(), from.data(), 2);
  EXPECT_FALSE(std::signbit(to[0]));
  EXPECT_EQ(to[1], 3.0f);
}

TEST(Arithmetic, DivideLeavesQuotientsAndReturnsTheirSumOfSquares) {
  for (const int count : {0, 1, 7, 8, 9, 1023, 1024}) {
    std::vector<float> values = ramp(count);
    const std::vector<float> before = values;
    const double squares = divide_and_sum_squares(values.data(), count, 3.0f);
    double expected = 0;
    for (int i = 0; i < count; ++i) {
      const auto k = static_cast<std::size_t>(i);
      EXPECT_EQ(values[k], before[k] / 3.0f);
      expected += static_cast<double>(values[k]) * static_cast<double>(values[k]);
    }
    EXPECT_NEAR(squares, expected, 1e-12 * expected) << count;
  }
}

// The order of the sum is part of the promise of the same bits: these values must never change.
TEST(Arithmetic, SumOfSquaresHasTheBitsOfItsDocumentedOrder) {
  std::vector<float> values = ramp(20);
  const std::vector<float> v = values;
  const auto square = [&](int i) {
    const auto value = static_cast<double>(v[static_cast<std::size_t>(i)]);
    return value * value;
  };
  double sums[8];
  for (int k = 0; k < 8; ++k) sums[k] = square(k) + square(k + 8);
  for (int k = 0; k < 4; ++k) sums[k] += square(k + 16);
  const double expected =
      ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
  EXPECT_EQ(divide_and_sum_squares(values.data(), 20, 1.0f), expected);
}

TEST(Arithmetic, MoveAverageTakesTheShareOfTheNewValue) {
  std::vector<double> average = {10, 0}, value = {20, 1};
  move_average(average.data(), value.data(), 2, 0.1);
  EXPECT_DOUBLE_EQ(average[0], 11);
  EXPECT_DOUBLE_EQ(average[1], 0.1);
}

}  // namespace
}  // namespace muster::worker
