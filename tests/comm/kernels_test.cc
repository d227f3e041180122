// The arithmetic on its own.
#include "comm/node/kernels.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "tests/comm/values.h"

namespace muster::comm {
namespace {

using testing::Bf16;
using testing::scramble;
using testing::tree_sum;
using testing::value_as;

std::vector<TreeStep> program_of(std::int64_t lanes) {
  std::vector<LaneRange> parts;
  for (std::int64_t lane = 0; lane < lanes; ++lane) parts.push_back({lane, lane + 1});
  return tree_program(parts, lanes);
}

std::byte* bytes(void* data) { return static_cast<std::byte*>(data); }

template <class T>
T combine(T lower, T upper, ReduceOp op) {
  const std::vector<Leaf> leaves = {{bytes(&lower), testing::TypeOf<T>::dtype},
                                    {bytes(&upper), testing::TypeOf<T>::dtype}};
  T out{};
  evaluate(program_of(2), leaves, 1, op, testing::TypeOf<T>::dtype, bytes(&out));
  return out;
}

TEST(Kernels, AnyNumberOfPartsIsAddedInTreeOrder) {
  constexpr std::int64_t kCount = 2500;
  for (std::int64_t lanes = 1; lanes <= 13; ++lanes) {
    std::vector<std::vector<float>> parts(static_cast<std::size_t>(lanes));
    std::vector<Leaf> leaves;
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      auto& part = parts[static_cast<std::size_t>(lane)];
      for (std::int64_t i = 0; i < kCount; ++i) part.push_back(value_as<float>(lane, i));
      leaves.push_back({bytes(part.data()), DType::float32});
    }
    std::vector<float> out(kCount);
    evaluate(program_of(lanes), leaves, kCount, ReduceOp::sum, DType::float32, bytes(out.data()));
    for (std::int64_t i = 0; i < kCount; ++i) {
      const float expected =
          tree_sum<float>(0, lanes, [i](std::int64_t lane) { return value_as<float>(lane, i); });
      ASSERT_EQ(out[static_cast<std::size_t>(i)], expected) << lanes << " lanes, element " << i;
    }
  }
}

// Lines of 64 bytes are streamed, what is before and behind them is not: every beginning in a line,
// and lengths around one line and one chunk.
TEST(Kernels, StreamedResultsAreTheSameAndStayInTheirPlace) {
  constexpr std::int64_t kMost = 2100;
  std::vector<float> lower(kMost);
  std::vector<float> upper(kMost);
  for (std::size_t i = 0; i < kMost; ++i) {
    lower[i] = value_as<float>(0, static_cast<std::int64_t>(i));
    upper[i] = value_as<float>(1, static_cast<std::int64_t>(i));
  }
  const std::vector<Leaf> leaves = {{bytes(lower.data()), DType::float32},
                                    {bytes(upper.data()), DType::float32}};
  for (std::size_t offset = 0; offset < 17; ++offset) {
    for (const std::size_t count : {1UL, 15UL, 16UL, 17UL, 33UL, 1024UL, 2100UL}) {
      std::vector<float> out(kMost + 32, -1.0F);
      std::vector<float> expected = out;
      evaluate(program_of(2), leaves, static_cast<std::int64_t>(count), ReduceOp::sum,
               DType::float32, bytes(out.data() + offset), Store::streamed);
      for (std::size_t i = 0; i < count; ++i) expected[offset + i] = lower[i] + upper[i];
      ASSERT_EQ(out, expected) << count << " elements from " << offset;
    }
  }
}

TEST(Kernels, TheResultMayReplaceAnOperand) {
  std::vector<double> a(3000, 1.5);
  std::vector<double> b(3000, 2.0);
  std::vector<double> c(3000, 4.0);
  const std::vector<Leaf> leaves = {{bytes(a.data()), DType::float64},
                                    {bytes(b.data()), DType::float64},
                                    {bytes(c.data()), DType::float64}};
  evaluate(program_of(3), leaves, 3000, ReduceOp::sum, DType::float64, bytes(b.data()));
  EXPECT_EQ(b, std::vector<double>(3000, 7.5));
}

// Every bit pattern but NaN, halves and ties among them: x + (something below the last bit).
TEST(Kernels, Bfloat16IsRoundedToNearestEven) {
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const auto bits = static_cast<std::uint32_t>(scramble(i));
    const float wide = std::bit_cast<float>(i % 2 == 0 ? bits : (bits & 0xffff0000U) | 0x8000U);
    if (!(std::abs(wide) < 1e38F)) continue;
    std::uint16_t rounded = 0;
    const std::vector<Leaf> leaves = {{reinterpret_cast<const std::byte*>(&wide), DType::float32}};
    evaluate(program_of(1), leaves, 1, ReduceOp::sum, DType::bfloat16, bytes(&rounded));
    ASSERT_EQ(rounded, Bf16(wide).bits) << wide;
  }
}

TEST(Kernels, MinAndMaxPropagateNanAndKeepTheLowerOfEqualOperands) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const ReduceOp op : {ReduceOp::min, ReduceOp::max}) {
    EXPECT_TRUE(std::isnan(combine(nan, 1.0, op)));
    EXPECT_TRUE(std::isnan(combine(1.0, nan, op)));
    EXPECT_TRUE(std::signbit(combine(-0.0, 0.0, op)));
    EXPECT_FALSE(std::signbit(combine(0.0, -0.0, op)));
  }
  EXPECT_EQ(combine(2.0, 1.0, ReduceOp::min), 1.0);
  EXPECT_EQ(combine(2.0, 1.0, ReduceOp::max), 2.0);
}

TEST(Kernels, IntegersWrapAround) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(combine<std::int64_t>(most, 1, ReduceOp::sum),
            std::numeric_limits<std::int64_t>::min());
}

}  // namespace
}  // namespace muster::comm
