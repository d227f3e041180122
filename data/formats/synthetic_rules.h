// The hidden rules of synthetic data. Everything is integer arithmetic on random_at() (mix.h) up to
// one last exact or correctly rounded operation, so that no machine has other bits.
//
// Random numbers: a rule has the key R = random_at(seed, 0), sample n the key S = random_at(
// random_at(seed, 1), n). A noise of standard deviation 1 is the sum of the four 16-bit parts of a
// random number, centred and scaled (Irwin-Hall).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/batch.h"

namespace muster::data {

/// Options with all sizes known.
struct SyntheticSizes {
  std::uint64_t seed = 1;
  double noise = 0;
  std::vector<std::int64_t> shape;   // Of the input of images and classes.
  std::int64_t classes = 0;          // Of images and classes.
  std::vector<std::int64_t> sizes;   // Of the id columns.
  bool is_binary = true;             // The label of ids.
  std::int64_t vocabulary = 0;       // Of tokens.
  std::int64_t sequence = 0;         // Of tokens.
  DType label_dtype = DType::int64;  // int64 or float32; of tokens int64.
};

class SampleRule {
 public:
  virtual ~SampleRule() = default;

  virtual std::vector<FieldSpec> fields() const = 0;

  /// Writes sample `number` (0 or more) to places[f] for each field f. Any thread.
  virtual void make(std::int64_t number, std::span<std::byte* const> places) const = 0;
};

/// Input: the pattern of the sample's class plus noise. Images have patterns of 4 x 4 patches a
/// channel, others a value of its own for every element.
std::unique_ptr<SampleRule> make_images_rule(const SyntheticSizes& sizes);
std::unique_ptr<SampleRule> make_classes_rule(const SyntheticSizes& sizes);

/// Every id has four hidden factors and a bias; the hidden value is the sum of the biases and of
/// the products of factors of every two columns (a factorization machine).
std::unique_ptr<SampleRule> make_ids_rule(const SyntheticSizes& sizes);

/// Every token has four followers, with shares 1/2, 1/4, 1/8, 1/8; `noise` of the tokens are any.
std::unique_ptr<SampleRule> make_tokens_rule(const SyntheticSizes& sizes);

}  // namespace muster::data
