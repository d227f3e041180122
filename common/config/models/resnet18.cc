#include "common/config/models/resnet18.h"

#include "common/config/models/limits.h"
#include "common/config/models/shared_keys.h"
#include "common/text.h"

namespace muster::config {
namespace {

/// By how much each stem and the blocks behind it reduce height and width: smaller images would be
/// padding for the most part.
std::int64_t stride_of(ResnetStem stem) { return stem == ResnetStem::imagenet ? 32 : 8; }

void check_image(const Resnet18Options& options, const Check& check) {
  check_input_size(options.input, check);
  if (options.input.size() != 3) return;  // Complained about elsewhere.
  const std::int64_t least = stride_of(options.stem);
  const std::int64_t height = options.input[1], width = options.input[2];
  if (height >= least && width >= least) return;
  const bool fits_small =
      height >= stride_of(ResnetStem::small) && width >= stride_of(ResnetStem::small);
  check.complain({"input", "stem"},
                 concat("must be at least ", least, " high and wide for stem ",
                        options.stem == ResnetStem::imagenet ? "imagenet" : "small", ", got ",
                        height, "x", width),
                 fits_small ? "stem: small takes images from 8x8" : "");
}

}  // namespace

std::vector<FieldNeed> Resnet18Options::reads() const {
  return {{"input", FieldNeed::Kind::floats, input, "model.input"}};
}

ModelOutput Resnet18Options::output() const {
  return {.width = classes, .width_key = "model.classes"};
}

void describe(Fields<Resnet18Options>& fields) {
  fields.summary(
      "ResNet-18: 17 convolutions with batch norm in residual blocks and a linear layer. "
      "Parameters "
      "have torchvision's names, shapes and initialisation.");
  fields.key("input", &Resnet18Options::input, "Shape of one sample: [channels, height, width].")
      .required("[3, 224, 224]")
      .items(3, "[channels, height, width]")
      .at_least(1)
      .at_most(kWidestLayer);
  fields.choice(
      "stem", &Resnet18Options::stem,
      {{"imagenet", ResnetStem::imagenet}, {"small", ResnetStem::small}},
      "The first layers. imagenet: a 7x7 convolution and a max pooling, both of stride 2, as "
      "in the original. small: one 3x3 convolution of stride 1, for images of about 32x32.");
  fields
      .key(
          "classes", &Resnet18Options::classes,
          "Number of classes (labels count from 0), or of values to predict: the width of the last "
          "layer.")
      .required("1000")
      .at_least(1)
      .at_most(kWidestLayer);
  describe_initial_weights(fields);
  fields.check(check_image);
}

}  // namespace muster::config
