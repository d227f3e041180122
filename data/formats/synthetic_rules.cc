#include "data/formats/synthetic_rules.h"

#include <cmath>
#include <cstring>

#include "data/mix.h"

namespace muster::data {
namespace {

/// Standard deviation of the sum of four random 16-bit numbers.
constexpr double kSumDeviation = 37837.22723;
/// Fractions are kept as multiples of 2^-16.
constexpr int kFractionBits = 16;
constexpr double kOne = 1 << kFractionBits;

class Keys {
 public:
  explicit Keys(std::uint64_t seed) : rule_(random_at(seed, 0)), samples_(random_at(seed, 1)) {}

  std::uint64_t rule() const { return rule_; }
  std::uint64_t of_sample(std::int64_t number) const {
    return random_at(samples_, static_cast<std::uint64_t>(number));
  }

 private:
  std::uint64_t rule_;
  std::uint64_t samples_;
};

/// Noise in whole numbers.
class Noise {
 public:
  /// `deviation` in units of the result; at most about 2^30.
  explicit Noise(double deviation) : factor_(std::llround(deviation / kSumDeviation * kOne)) {}

  std::int64_t of(std::uint64_t random) const {
    constexpr std::uint64_t kPart = 0xffff;
    const auto sum = static_cast<std::int64_t>((random & kPart) + (random >> 16 & kPart) +
                                               (random >> 32 & kPart) + (random >> 48));
    return (sum - 2 * static_cast<std::int64_t>(kPart)) * factor_ >> kFractionBits;
  }

 private:
  std::int64_t factor_;
};

/// From -1 to 1, as a multiple of 2^-16.
std::int64_t pattern_value(std::uint64_t random) {
  return static_cast<std::int64_t>(random >> (64 - kFractionBits - 1)) - (1 << kFractionBits);
}

/// Exact: a product with a power of two.
float from_fraction(std::int64_t value) {
  return static_cast<float>(value) * static_cast<float>(1 / kOne);
}

template <class Number>
void put(std::byte* place, std::int64_t index, Number number) {
  std::memcpy(place + static_cast<std::size_t>(index) * sizeof(Number), &number, sizeof(Number));
}

void put_label(std::byte* place, DType dtype, std::int64_t label) {
  if (dtype == DType::int64) {
    put(place, 0, label);
  } else {
    put(place, 0, static_cast<float>(label));
  }
}

std::uint64_t below(std::uint64_t random, std::int64_t bound) {
  return random % static_cast<std::uint64_t>(bound);
}

/// What images and classes have in common.
class PatternRule : public SampleRule {
 public:
  explicit PatternRule(const SyntheticSizes& sizes)
      : sizes_(sizes),
        spec_{.name = "input", .shape = sizes.shape},
        keys_(sizes.seed),
        noise_(sizes.noise * kOne) {}

  std::vector<FieldSpec> fields() const override {
    return {spec_, {.name = "label", .dtype = sizes_.label_dtype}};
  }

  void make(std::int64_t number, std::span<std::byte* const> places) const override {
    const std::uint64_t sample = keys_.of_sample(number);
    const std::uint64_t label = below(random_at(sample, 0), sizes_.classes);
    put_label(places[1], sizes_.label_dtype, static_cast<std::int64_t>(label));
    make_input(random_at(keys_.rule(), label), sample, places[0]);
  }

 protected:
  /// `pattern`: the key of the class.
  virtual void make_input(std::uint64_t pattern, std::uint64_t sample, std::byte* to) const = 0;

  const std::vector<std::int64_t>& shape() const { return sizes_.shape; }
  std::int64_t elements() const { return spec_.elements_per_sample(); }
  void put_element(std::byte* to, std::int64_t index, std::int64_t value,
                   std::uint64_t sample) const {
    const std::uint64_t random = random_at(sample, static_cast<std::uint64_t>(index) + 1);
    put(to, index, from_fraction(value + noise_.of(random)));
  }

 private:
  const SyntheticSizes sizes_;
  const FieldSpec spec_;
  const Keys keys_;
  const Noise noise_;
};

class ClassesRule final : public PatternRule {
 public:
  using PatternRule::PatternRule;

 private:
  void make_input(std::uint64_t pattern, std::uint64_t sample, std::byte* to) const override {
    for (std::int64_t i = 0; i < elements(); ++i) {
      put_element(to, i, pattern_value(random_at(pattern, static_cast<std::uint64_t>(i))), sample);
    }
  }
};

class ImagesRule final : public PatternRule {
 public:
  using PatternRule::PatternRule;

 private:
  static constexpr std::int64_t kPatches = 4;

  void make_input(std::uint64_t pattern, std::uint64_t sample, std::byte* to) const override {
    const std::int64_t height = shape()[1];
    const std::int64_t width = shape()[2];
    std::int64_t index = 0;
    for (std::int64_t row = 0; row < shape()[0] * height; ++row) {
      const std::int64_t patch_row = row / height * kPatches + row % height * kPatches / height;
      for (std::int64_t patch = 0; patch < kPatches; ++patch) {
        const std::int64_t value = pattern_value(
            random_at(pattern, static_cast<std::uint64_t>(patch_row * kPatches + patch)));
        const std::int64_t end = row * width + first_column(patch + 1, width);
        for (; index < end; ++index) put_element(to, index, value, sample);
      }
    }
  }

  static std::int64_t first_column(std::int64_t patch, std::int64_t width) {
    return (patch * width + kPatches - 1) / kPatches;
  }
};

class IdsRule final : public SampleRule {
 public:
  explicit IdsRule(const SyntheticSizes& sizes)
      : sizes_(sizes),
        keys_(sizes.seed),
        deviation_(deviation_of(static_cast<std::int64_t>(sizes.sizes.size()))),
        noise_(sizes.noise * deviation_) {}

  std::vector<FieldSpec> fields() const override {
    return {{.name = "ids", .dtype = DType::int64, .shape = {columns()}},
            {.name = "label", .dtype = sizes_.label_dtype}};
  }

  void make(std::int64_t number, std::span<std::byte* const> places) const override {
    const std::uint64_t sample = keys_.of_sample(number);
    // The sum over pairs of columns of products: half of (square of the sum - sum of squares).
    std::int64_t sums[kFactors] = {};
    std::int64_t squares = 0;
    std::int64_t value = 0;
    for (std::int64_t column = 0; column < columns(); ++column) {
      const auto counter = static_cast<std::uint64_t>(column);
      const std::uint64_t id =
          below(random_at(sample, counter), sizes_.sizes[static_cast<std::size_t>(column)]);
      put(places[0], column, static_cast<std::int64_t>(id));
      const std::uint64_t hidden = random_at(random_at(keys_.rule(), counter), id);
      for (int k = 0; k < kFactors; ++k) {
        const std::int64_t factor = static_cast<std::int8_t>(hidden >> (8 * k));
        sums[k] += factor;
        squares += factor * factor;
      }
      value += static_cast<std::int16_t>(hidden >> 48) / kBiasDivisor;
    }
    std::int64_t products = -squares;
    for (const std::int64_t sum : sums) products += sum * sum;
    value += products / 2;
    value += noise_.of(random_at(sample, static_cast<std::uint64_t>(columns())));
    put_value(places[1], value);
  }

 private:
  static constexpr int kFactors = 4;
  static constexpr std::int64_t kBiasDivisor = 4;

  std::int64_t columns() const { return static_cast<std::int64_t>(sizes_.sizes.size()); }

  /// Of the hidden value: factors are random bytes, biases random 16-bit numbers over the divisor.
  /// In whole numbers up to the square root, which is correctly rounded everywhere.
  static double deviation_of(std::int64_t columns) {
    constexpr std::int64_t kProducts = 119301006;  // Variance of four products of two bytes.
    constexpr std::int64_t kBias = 22369621;
    const std::int64_t pairs = columns * (columns - 1) / 2;
    return std::sqrt(static_cast<double>(pairs * kProducts + columns * kBias));
  }

  void put_value(std::byte* place, std::int64_t value) const {
    if (sizes_.is_binary) {
      put_label(place, sizes_.label_dtype, value > 0 ? 1 : 0);
    } else {
      put(place, 0, static_cast<float>(static_cast<double>(value) / deviation_));
    }
  }

  const SyntheticSizes sizes_;
  const Keys keys_;
  const double deviation_;
  const Noise noise_;
};

class TokensRule final : public SampleRule {
 public:
  explicit TokensRule(const SyntheticSizes& sizes)
      : sizes_(sizes),
        keys_(sizes.seed),
        any_below_(static_cast<std::uint64_t>(std::llround(sizes.noise * 4294967296.0))) {}

  std::vector<FieldSpec> fields() const override {
    return {{.name = "input", .dtype = DType::int64, .shape = {sizes_.sequence}},
            {.name = "label", .dtype = DType::int64, .shape = {sizes_.sequence}}};
  }

  void make(std::int64_t number, std::span<std::byte* const> places) const override {
    const std::uint64_t sample = keys_.of_sample(number);
    std::uint64_t token = below(random_at(sample, 0), sizes_.vocabulary);
    for (std::int64_t i = 0; i < sizes_.sequence; ++i) {
      put(places[0], i, static_cast<std::int64_t>(token));
      token = next(token, random_at(sample, static_cast<std::uint64_t>(i) + 1));
      put(places[1], i, static_cast<std::int64_t>(token));
    }
  }

 private:
  std::uint64_t next(std::uint64_t token, std::uint64_t random) const {
    constexpr std::uint64_t kFollower[8] = {0, 0, 0, 0, 1, 1, 2, 3};
    if (random >> 32 < any_below_) return below(random >> 3 & 0x1fffffff, sizes_.vocabulary);
    return below(random_at(keys_.rule(), 4 * token + kFollower[random & 7]), sizes_.vocabulary);
  }

  const SyntheticSizes sizes_;
  const Keys keys_;
  const std::uint64_t any_below_;  // Of 2^32: where a token does not follow from the one before.
};

}  // namespace

std::unique_ptr<SampleRule> make_images_rule(const SyntheticSizes& sizes) {
  return std::make_unique<ImagesRule>(sizes);
}

std::unique_ptr<SampleRule> make_classes_rule(const SyntheticSizes& sizes) {
  return std::make_unique<ClassesRule>(sizes);
}

std::unique_ptr<SampleRule> make_ids_rule(const SyntheticSizes& sizes) {
  return std::make_unique<IdsRule>(sizes);
}

std::unique_ptr<SampleRule> make_tokens_rule(const SyntheticSizes& sizes) {
  return std::make_unique<TokensRule>(sizes);
}

}  // namespace muster::data
