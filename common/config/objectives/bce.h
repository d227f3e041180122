// Options of objective `bce`: binary cross entropy of logits against probabilities.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"

namespace muster::config {

struct BceOptions {
  static constexpr const char* kName = "bce";
  static constexpr std::int64_t kLeastWidth = 1;  // Of the model's output.
  static constexpr auto kMetrics = std::to_array<const char*>({"loss", "accuracy", "auc"});

  std::vector<FieldNeed> reads(const ModelOutput& output) const;
  bool operator==(const BceOptions&) const = default;
};

void describe(Fields<BceOptions>& fields);

}  // namespace muster::config
