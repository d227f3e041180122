// Options of objective `cross_entropy`: softmax cross entropy of logits against class numbers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"

namespace muster::config {

struct CrossEntropyOptions {
  static constexpr const char* kName = "cross_entropy";
  static constexpr std::int64_t kLeastWidth = 2;  // Of the model's output: one class is no choice.
  static constexpr auto kMetrics = std::to_array<const char*>({"loss", "accuracy", "perplexity"});

  std::optional<std::int64_t> ignore_index;  // Empty: every target counts.
  double label_smoothing = 0;                // In training only.

  std::vector<FieldNeed> reads(const ModelOutput& output) const;
  bool operator==(const CrossEntropyOptions&) const = default;
};

void describe(Fields<CrossEntropyOptions>& fields);

}  // namespace muster::config
