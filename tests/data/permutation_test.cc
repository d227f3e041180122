// The shuffling: golden values that never change, bijection, and that it looks random.
#include "data/permutation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <set>
#include <vector>

namespace muster::data {
namespace {

using ::testing::ElementsAre;

std::vector<std::int64_t> values(const Permutation& permutation,
                                 std::initializer_list<std::int64_t> positions) {
  std::vector<std::int64_t> values;
  for (const std::int64_t position : positions) values.push_back(permutation(position));
  return values;
}

std::vector<std::int64_t> all_values(const Permutation& permutation, std::int64_t size) {
  std::vector<std::int64_t> values;
  for (std::int64_t p = 0; p < size; ++p) values.push_back(permutation(p));
  return values;
}

/// Sum of (found - expected)^2 / expected over equally likely cells.
double chi_square(const std::vector<std::int64_t>& counts) {
  double total = 0;
  for (const std::int64_t count : counts) total += static_cast<double>(count);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const std::int64_t count : counts) {
    const double difference = static_cast<double>(count) - expected;
    sum += difference * difference / expected;
  }
  return sum;
}

// Computed from the header's description by another program. These numbers are what every seed
// means: they never change.
TEST(Permutation, ValuesAreFixedForEver) {
  EXPECT_THAT(all_values(Permutation(1, 0, 10), 10), ElementsAre(8, 0, 6, 9, 4, 5, 2, 3, 7, 1));
  EXPECT_THAT(all_values(Permutation(1, 1, 10), 10), ElementsAre(1, 6, 8, 2, 7, 3, 5, 0, 9, 4));
  EXPECT_THAT(all_values(Permutation(2, 0, 10), 10), ElementsAre(4, 5, 3, 6, 9, 2, 0, 8, 7, 1));
  EXPECT_THAT(values(Permutation(1, 0, 1438), {0, 1, 2, 3, 1436, 1437}),
              ElementsAre(35, 713, 874, 1284, 363, 169));
  EXPECT_THAT(values(Permutation(42, 7, 1'000'000), {0, 1, 500'000, 999'999}),
              ElementsAre(611014, 216392, 874010, 322923));
}

TEST(Permutation, ValuesOfLargeSizesAreFixedForEver) {
  constexpr std::uint64_t kSeedMax = std::numeric_limits<std::uint64_t>::max();
  constexpr std::int64_t k40 = std::int64_t{1} << 40;
  constexpr std::int64_t k62 = std::int64_t{1} << 62;
  constexpr std::int64_t kSizeMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(values(Permutation(kSeedMax, 3, k40), {0, 1, k40 / 2, k40 - 1}),
              ElementsAre(475159252795, 579163838343, 427179516554, 80262436875));
  EXPECT_THAT(values(Permutation(0, 0, k62), {0, 1, k62 / 2, k62 - 1}),
              ElementsAre(2049860465812831329, 4245743152542781490, 1852450452441209449,
                          995863899062676779));
  EXPECT_THAT(values(Permutation(123456789, 1000, kSizeMax), {0, 1, kSizeMax / 2, kSizeMax - 1}),
              ElementsAre(6735951778232964290, 7161394925577033502, 1341331489083480437,
                          2597211400347545550));
}

TEST(Permutation, EverySampleStandsAtExactlyOnePosition) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1; size <= 130; ++size) sizes.push_back(size);
  // Around powers of four, where the network grows, and well inside.
  for (const std::int64_t size : {255, 256, 257, 1023, 1024, 1025, 1438, 4096, 4097, 65'537}) {
    sizes.push_back(size);
  }
  for (const std::int64_t size : sizes) {
    std::vector<std::int64_t> sorted = all_values(Permutation(7, 3, size), size);
    std::sort(sorted.begin(), sorted.end());
    for (std::int64_t p = 0; p < size; ++p)
      ASSERT_EQ(sorted[static_cast<std::size_t>(p)], p) << size;
  }
}

TEST(Permutation, LargeSizesStayInRangeAndDoNotRepeat) {
  std::mt19937_64 random(1);
  for (const int bits : {31, 33, 47, 62}) {
    const std::int64_t size = (std::int64_t{1} << bits) - 5;
    const Permutation permutation(11, 2, size);
    std::set<std::int64_t> positions;
    std::set<std::int64_t> samples;
    while (positions.size() < 5000) {
      positions.insert(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(size)));
    }
    for (const std::int64_t position : positions) {
      const std::int64_t sample = permutation(position);
      ASSERT_GE(sample, 0);
      ASSERT_LT(sample, size);
      samples.insert(sample);
    }
    EXPECT_EQ(samples.size(), positions.size()) << bits;
  }
}

TEST(Permutation, EpochsAndSeedsGiveUnrelatedOrders) {
  constexpr std::int64_t kSize = 10'000;
  const auto first = all_values(Permutation(1, 0, kSize), kSize);
  for (const auto& other : {Permutation(1, 1, kSize), Permutation(2, 0, kSize),
                            Permutation(0, 1, kSize), Permutation(1ull << 63, 0, kSize)}) {
    const auto second = all_values(other, kSize);
    std::int64_t equal = 0;
    for (std::size_t i = 0; i < first.size(); ++i) equal += first[i] == second[i] ? 1 : 0;
    EXPECT_LE(equal, 8);  // One is expected; 9 or more once in a million.
  }
}

// The bounds are exceeded by a truly random permutation less than once in a million; the inputs are
// fixed, so the tests never fail by chance.
TEST(Permutation, EveryOrderOfFourIsEquallyLikely) {
  std::vector<std::int64_t> counts(256, 0);
  for (std::uint64_t seed = 0; seed < 4'800; ++seed) {
    const auto order = all_values(Permutation(seed, 0, 4), 4);
    ++counts[static_cast<std::size_t>(order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3])];
  }
  std::erase(counts, 0);
  ASSERT_EQ(counts.size(), 24u);
  EXPECT_LT(chi_square(counts), 70);  // 23 degrees of freedom.
}

TEST(Permutation, EverySampleIsEquallyLikelyAtEveryPositionOverEpochs) {
  constexpr std::int64_t kSize = 100;
  for (const std::int64_t position : {0, 1, 57, 99}) {
    std::vector<std::int64_t> counts(kSize, 0);
    for (std::int64_t epoch = 0; epoch < 10'000; ++epoch) {
      ++counts[static_cast<std::size_t>(Permutation(5, epoch, kSize)(position))];
    }
    EXPECT_LT(chi_square(counts), 180) << position;  // 99 degrees of freedom.
  }
}

TEST(Permutation, NeighboursAreFarApart) {
  constexpr std::int64_t kSize = 1 << 20;
  constexpr std::int64_t kCells = 64;
  const Permutation permutation(9, 0, kSize);
  std::vector<std::int64_t> counts(kCells, 0);
  for (std::int64_t p = 0; p + 1 < 50'000; ++p) {
    const std::int64_t distance = (permutation(p + 1) - permutation(p) + kSize) % kSize;
    ++counts[static_cast<std::size_t>(distance * kCells / kSize)];
  }
  EXPECT_LT(chi_square(counts), 130);  // 63 degrees of freedom.
}

}  // namespace
}  // namespace muster::data
