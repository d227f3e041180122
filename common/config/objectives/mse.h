// Options of objective `mse`: mean squared error.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"

namespace muster::config {

struct MseOptions {
  static constexpr const char* kName = "mse";
  static constexpr std::int64_t kLeastWidth = 1;  // Of the model's output.
  static constexpr auto kMetrics = std::to_array<const char*>({"loss", "mae"});

  std::vector<FieldNeed> reads(const ModelOutput& output) const;
  bool operator==(const MseOptions&) const = default;
};

void describe(Fields<MseOptions>& fields);

}  // namespace muster::config
