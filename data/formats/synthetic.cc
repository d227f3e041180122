#include "data/formats/synthetic.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/config/formats/synthetic_fit.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"
#include "data/formats/field_needs.h"
#include "data/formats/synthetic_rules.h"

namespace muster::data {
namespace {

using config::FieldNeed;
using config::SyntheticOptions;
using Kind = SyntheticOptions::Kind;

class SyntheticDataset final : public Dataset {
 public:
  SyntheticDataset(std::unique_ptr<SampleRule> rule, std::int64_t offset, std::int64_t samples,
                   Manifest manifest)
      : rule_(std::move(rule)),
        offset_(offset),
        size_(samples),
        fields_(rule_->fields()),
        manifest_(std::move(manifest)) {
    MUSTER_ASSERT(fields_.size() == kFields, "a rule makes what is read and a label");
  }

  std::int64_t size() const override { return size_; }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  const Manifest& manifest() const override { return manifest_; }

  Batch read(std::span<const std::int64_t> indices) const override {
    Batch batch = make_batch(fields_, static_cast<std::int64_t>(indices.size()));
    std::array<std::byte*, kFields> places{};
    for (std::size_t f = 0; f < kFields; ++f) places[f] = batch.fields[f].values.data();
    for (const std::int64_t index : indices) {
      MUSTER_ASSERT(index >= 0 && index < size_, "a sample that does not exist");
      rule_->make(offset_ + index, places);
      for (std::size_t f = 0; f < kFields; ++f) places[f] += fields_[f].bytes_per_sample();
    }
    return batch;
  }

 private:
  static constexpr std::size_t kFields = 2;

  const std::unique_ptr<const SampleRule> rule_;
  const std::int64_t offset_;
  const std::int64_t size_;
  const std::vector<FieldSpec> fields_;
  const Manifest manifest_;
};

[[noreturn]] void refuse_missing(const std::string& key, const std::string& example) {
  throw Error(ErrorCode::invalid,
              concat("synthetic data need '", key, "': the model does not say it"), example);
}

/// How many values the range of the need holds, from 0 on; 0 when it does not say.
std::int64_t values_of(const FieldNeed* need, std::size_t element = 0) {
  if (need == nullptr || need->ranges.empty()) return 0;
  const config::ValueRange& range = need->range_of(element);
  return range.greatest >= 0 && range.greatest < 9e15
             ? static_cast<std::int64_t>(range.greatest) + 1
             : 0;
}

/// An experiment that was checked has no such options; what makes them in another way may.
void refuse_misfit(const SyntheticOptions& options, std::span<const FieldNeed> needs) {
  const auto misfits = config::misfits_of(options, needs);
  if (misfits.empty()) return;
  throw Error(ErrorCode::invalid,
              concat("synthetic data: '", misfits.front().key, "' ", misfits.front().message),
              misfits.front().hint);
}

/// What the options leave open is taken from what is read.
class Sizes {
 public:
  Sizes(const SyntheticOptions& options, std::span<const FieldNeed> needs)
      : options_(options), needs_(needs), label_(find_need(needs, "label")) {}

  SyntheticSizes make() const {
    SyntheticSizes sizes;
    sizes.seed = static_cast<std::uint64_t>(options_.seed);
    sizes.noise = options_.noise;
    switch (options_.kind) {
      case Kind::images:
      case Kind::classes:
        set_pattern(sizes);
        break;
      case Kind::ids:
        set_ids(sizes);
        break;
      case Kind::tokens:
        set_tokens(sizes);
        break;
    }
    return sizes;
  }

 private:
  void set_pattern(SyntheticSizes& sizes) const {
    const FieldNeed* input = find_need(needs_, "input");
    sizes.shape = options_.shape.value_or(input ? input->shape : std::vector<std::int64_t>{});
    const bool are_images = options_.kind == Kind::images;
    if (sizes.shape.empty() || (are_images && sizes.shape.size() != 3)) {
      refuse_missing("shape", are_images ? "shape: [channels, height, width]" : "shape: [64]");
    }
    sizes.classes = options_.classes.value_or(values_of(label_));
    if (sizes.classes < 1) refuse_missing("classes", "classes: 10");
    sizes.label_dtype = type_of(needs_, "label", DType::int64);
  }

  void set_ids(SyntheticSizes& sizes) const {
    const FieldNeed* ids = find_need(needs_, "ids");
    if (options_.sizes) {
      sizes.sizes = *options_.sizes;
    } else if (ids != nullptr && ids->elements() > 0) {
      for (std::int64_t column = 0; column < ids->elements(); ++column) {
        sizes.sizes.push_back(values_of(ids, static_cast<std::size_t>(column)));
      }
    }
    const bool all_known = std::all_of(sizes.sizes.begin(), sizes.sizes.end(),
                                       [](std::int64_t size) { return size >= 1; });
    if (sizes.sizes.empty() || !all_known) refuse_missing("sizes", "sizes: [1000, 500]");
    sizes.label_dtype = type_of(needs_, "label", DType::float32);
    sizes.is_binary = options_.target ? *options_.target == SyntheticOptions::Target::binary
                                      : label_ == nullptr || values_of(label_) == 2 ||
                                            sizes.label_dtype == DType::int64;
  }

  void set_tokens(SyntheticSizes& sizes) const {
    const FieldNeed* input = find_need(needs_, "input");
    sizes.sequence = options_.sequence.value_or(input ? input->elements() : 0);
    if (sizes.sequence < 1) refuse_missing("sequence", "sequence: 64");
    sizes.vocabulary = options_.vocabulary.value_or(values_of(input));
    if (sizes.vocabulary < 2) refuse_missing("vocabulary", "vocabulary: 256");
  }

  const SyntheticOptions& options_;
  const std::span<const FieldNeed> needs_;
  const FieldNeed* label_;
};

std::unique_ptr<SampleRule> make_rule(Kind kind, const SyntheticSizes& sizes) {
  switch (kind) {
    case Kind::images:
      return make_images_rule(sizes);
    case Kind::classes:
      return make_classes_rule(sizes);
    case Kind::ids:
      return make_ids_rule(sizes);
    case Kind::tokens:
      return make_tokens_rule(sizes);
  }
  return nullptr;
}

/// Everything that decides a bit of the samples; the number in front is that of the rules.
std::string recipe_of(const SyntheticOptions& options, const SyntheticSizes& sizes) {
  std::string text = concat("synthetic 1\n", static_cast<int>(options.kind), " ", options.samples,
                            " ", options.offset, " ", sizes.seed, " ", shortest(sizes.noise), "\n");
  for (const std::int64_t size : sizes.shape) text += concat(size, " ");
  text += concat("\n", sizes.classes, "\n");
  for (const std::int64_t size : sizes.sizes) text += concat(size, " ");
  text += concat("\n", sizes.is_binary, " ", sizes.vocabulary, " ", sizes.sequence, " ",
                 to_string(sizes.label_dtype), "\n");
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

}  // namespace

std::unique_ptr<Dataset> open_synthetic(const SyntheticOptions& options,
                                        std::span<const FieldNeed> needs,
                                        const Manifest* expected) {
  check_file_count(expected, 0);
  refuse_misfit(options, needs);
  const SyntheticSizes sizes = Sizes(options, needs).make();
  Manifest manifest{.files = {}, .recipe = recipe_of(options, sizes)};
  if (expected != nullptr && expected->recipe != manifest.recipe) {
    throw Error(ErrorCode::corrupt,
                "the synthetic data are not those that this run was planned with",
                "use the version of muster that made the run");
  }
  return std::make_unique<SyntheticDataset>(make_rule(options.kind, sizes), options.offset,
                                            options.samples, std::move(manifest));
}

}  // namespace muster::data
