#include "worker/objectives/roc.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace muster::worker {
namespace {

struct Target {
  float logit;
  bool is_yes;
};

std::optional<double> area_of(const std::vector<Target>& targets) {
  std::vector<std::int64_t> no(kRocBins), yes(kRocBins);
  for (const Target& target : targets) ++(target.is_yes ? yes : no)[roc_bin(target.logit)];
  return area_under_roc(no, yes);
}

/// By its definition, over all pairs.
double area_by_pairs(const std::vector<Target>& targets) {
  double pairs = 0, right = 0;
  for (const Target& yes : targets) {
    for (const Target& no : targets) {
      if (!yes.is_yes || no.is_yes) continue;
      pairs += 1;
      right += yes.logit > no.logit ? 1 : yes.logit == no.logit ? 0.5 : 0;
    }
  }
  return right / pairs;
}

TEST(Roc, BinsFollowTheOrderOfTheNumbers) {
  std::mt19937 generator(1);
  std::normal_distribution<float> mantissa(0, 1);
  std::uniform_int_distribution<int> exponent(-140, 120);
  for (int i = 0; i < 100'000; ++i) {
    const float a = std::ldexp(mantissa(generator), exponent(generator));
    const float b = i % 2 == 0 ? std::ldexp(mantissa(generator), exponent(generator))
                               : std::nextafter(a, mantissa(generator) * 1e30f);
    if (a <= b) {
      EXPECT_LE(roc_bin(a), roc_bin(b)) << a << " " << b;
    } else {
      EXPECT_GE(roc_bin(a), roc_bin(b)) << a << " " << b;
    }
  }
}

TEST(Roc, EveryNumberHasABinWithinTheHistogram) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(roc_bin(-kInfinity), 0U);
  EXPECT_EQ(roc_bin(kInfinity), kRocBins - 1);
  EXPECT_LT(roc_bin(kNan), kRocBins);
  EXPECT_LT(roc_bin(-kNan), kRocBins);
  EXPECT_EQ(roc_bin(-0.0f), roc_bin(0.0f));
  EXPECT_LT(roc_bin(-1e-30f), roc_bin(0.0f));
}

TEST(Roc, LogitsThatDifferByOnePartInFourThousandAreApart) {
  for (float logit = 0.0003f; logit < 250; logit *= 1.01f) {
    EXPECT_LT(roc_bin(logit), roc_bin(logit * 1.00025f)) << logit;
    EXPECT_GT(roc_bin(-logit), roc_bin(-logit * 1.00025f)) << logit;
  }
}

TEST(Roc, AreaIsExactWhereLogitsAreEqualOrApart) {
  std::mt19937 generator(2);
  std::uniform_int_distribution<int> quarter(-20, 20);
  std::vector<Target> targets;
  for (int i = 0; i < 500; ++i) {
    const int value = quarter(generator);
    targets.push_back({static_cast<float>(value) / 4, value + quarter(generator) > 0});
  }
  EXPECT_DOUBLE_EQ(*area_of(targets), area_by_pairs(targets));
}

TEST(Roc, AreaOfSmoothLogitsIsWithinFiveInAHundredThousand) {
  for (const float spread : {0.01f, 1.0f, 20.0f}) {
    std::mt19937 generator(3);
    std::normal_distribution<float> noise(0, 1);
    std::vector<Target> targets;
    for (int i = 0; i < 2000; ++i) {
      const bool is_yes = i % 3 == 0;
      targets.push_back({spread * (noise(generator) + (is_yes ? 0.7f : 0.0f)), is_yes});
    }
    EXPECT_NEAR(*area_of(targets), area_by_pairs(targets), 5e-5) << spread;
  }
}

TEST(Roc, PerfectAndOppositeOrdersAreOneAndZero) {
  EXPECT_EQ(area_of({{-1, false}, {-0.5, false}, {2, true}}), 1);
  EXPECT_EQ(area_of({{-1, true}, {-0.5, true}, {2, false}}), 0);
  EXPECT_EQ(area_of({{3, true}, {3, false}}), 0.5);
}

TEST(Roc, TargetsOfOneKindHaveNoArea) {
  EXPECT_EQ(area_of({{-1, false}, {2, false}}), std::nullopt);
  EXPECT_EQ(area_of({{-1, true}}), std::nullopt);
  EXPECT_EQ(area_of({}), std::nullopt);
}

}  // namespace
}  // namespace muster::worker
