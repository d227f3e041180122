#include "common/config/formats/synthetic.h"

#include "common/config/fields.h"
#include "common/config/models/limits.h"
#include "common/text.h"

namespace muster::config {
namespace {

using Kind = SyntheticOptions::Kind;

constexpr double kMostSamples = 1e15;  // Far below 2^63: sums of samples and offsets fit.

bool has_classes(const SyntheticOptions& options) {
  return options.kind == Kind::images || options.kind == Kind::classes;
}
bool has_ids(const SyntheticOptions& options) { return options.kind == Kind::ids; }
bool has_tokens(const SyntheticOptions& options) { return options.kind == Kind::tokens; }

bool is_small(const std::vector<std::int64_t>& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) {
    if (size > kLargestInput / elements) return false;
    elements *= size < 1 ? 1 : size;  // Below 1: complained about by its range.
  }
  return true;
}

void describe_sizes(Fields<SyntheticOptions>& fields) {
  const std::string clash = "goes with kinds images and classes only";
  fields
      .key("shape", &SyntheticOptions::shape,
           "Shape of a sample's input; of images [channels, height, width].")
      .fallback("what the model reads")
      .items_at_least(1)
      .at_least(1)
      .at_most(kWidestLayer)
      .only_when(has_classes, clash);
  fields.key("classes", &SyntheticOptions::classes, "Number of classes.")
      .fallback("what the model tells apart")
      .at_least(1)
      .at_most(kWidestLayer)
      .only_when(has_classes, clash);
  fields.key("sizes", &SyntheticOptions::sizes, "How many different ids each column has.")
      .fallback("what the model reads")
      .items_at_least(1)
      .at_least(1)
      .at_most(9007199254740992.0)
      .only_when(has_ids, "goes with kind ids only");
  fields
      .choice("target", &SyntheticOptions::target,
              {{"binary", SyntheticOptions::Target::binary},
               {"value", SyntheticOptions::Target::value}},
              "The label of ids: 0 or 1 (for bce), or a number around 0 (for mse).")
      .fallback("binary where the objective reads 0 to 1, else value")
      .only_when(has_ids, "goes with kind ids only");
  fields.key("vocabulary", &SyntheticOptions::vocabulary, "Number of different tokens.")
      .fallback("what the model reads")
      .at_least(2)
      .at_most(kWidestLayer)
      .only_when(has_tokens, "goes with kind tokens only");
  fields.key("sequence", &SyntheticOptions::sequence, "Tokens of a sample.")
      .fallback("what the model reads")
      .at_least(1)
      .at_most(1 << 24)
      .only_when(has_tokens, "goes with kind tokens only");
}

}  // namespace

void describe(Fields<SyntheticOptions>& fields) {
  fields.summary("Samples that are made from a hidden rule, the same on every machine; no files.");
  fields
      .choice(
          "kind", &SyntheticOptions::kind,
          {{"images", Kind::images},
           {"classes", Kind::classes},
           {"ids", Kind::ids},
           {"tokens", Kind::tokens}},
          "images and classes: inputs that lie around a pattern of their class. ids: id columns "
          "with hidden factors that decide the label. tokens: text in which each token makes "
          "some others likely.")
      .required("images");
  fields.key("samples", &SyntheticOptions::samples, "Number of samples.")
      .required("10000")
      .at_least(1)
      .at_most(kMostSamples);
  fields
      .key("offset", &SyntheticOptions::offset,
           "How many samples of the rule to leave out before the first. Data with the same seed "
           "have the same rule: give evaluation data an offset of at least the training's samples.")
      .at_least(0)
      .at_most(kMostSamples);
  fields.key("seed", &SyntheticOptions::seed, "Where rule and samples come from.")
      .at_least(0)
      .at_most(9007199254740992.0);
  fields
      .key("noise", &SyntheticOptions::noise,
           "What cannot be learned. images, classes: standard deviation of what is added to every "
           "value (patterns lie in -1..1). ids: the same, of what is added to the hidden value "
           "(whose own is about 1). tokens: share of tokens that come from nowhere.")
      .at_least(0)
      .at_most(100);
  describe_sizes(fields);
  fields.check([](const SyntheticOptions& options, const Check& check) {
    if (options.kind == Kind::images && options.shape && options.shape->size() != 3) {
      check.complain({"shape", "kind"}, "must be [channels, height, width] for images");
    }
    if (options.kind == Kind::tokens && options.noise > 1) {
      check.complain({"noise", "kind"}, "must be at most 1 for tokens: it is a share of them");
    }
    if (options.shape && !is_small(*options.shape)) {
      check.complain({"shape"}, concat("must have at most ", kLargestInput, " elements"));
    }
  });
}

}  // namespace muster::config
