// The keys that every model has.
#pragma once

#include "common/config/fields.h"
#include "common/config/models/initial_weights.h"

namespace muster::config {

template <class T>
void describe_initial_weights(Fields<T>& fields) {
  const auto is_given = [](const T& options) { return options.initial.file.has_value(); };
  const std::string lonely = "needs model.init: without it all weights are random";
  fields
      .key(
          "init", [](auto& options) -> auto& { return options.initial.file; },
          "A safetensors file whose weights the training starts from, such as the "
          "model.safetensors "
          "of a checkpoint. Every parameter and running statistic must be in it, by name and with "
          "the same shape; F64, F32, F16 and BF16 are converted to `precision`.")
      .fallback("random weights, from the seed")
      .does_not_decide_bits()
      .also_called({"pretrained", "from_pretrained", "init_from", "initial_weights"});
  fields
      .key(
          "init_sha256", [](auto& options) -> auto& { return options.initial.sha256; },
          "SHA-256 of the file model.init. Another file is refused.")
      .word({.first = "0-9a-f",
             .rest = "0-9a-f",
             .longest = kSha256Digits,
             .in_words = "64 hexadecimal digits (0-9, a-f)"})
      .fallback("that of the file")
      .only_when(is_given, lonely);
  fields
      .key(
          "fresh", [](auto& options) -> auto& { return options.initial.fresh; },
          "Parameters and running statistics that stay random although model.init is given, such "
          "as "
          "a head for other classes: patterns for their names, as in optimizer.groups.")
      .item_alone()
      .only_when(is_given, lonely);
  fields.check([](const T& options, const Check& check) {
    const auto& sha256 = options.initial.sha256;
    if (!sha256 || sha256->size() == kSha256Digits) return;
    check.complain({"init_sha256"}, "must be 64 hexadecimal digits (0-9, a-f), got fewer");
  });
}

}  // namespace muster::config
