// Options of model `gpt`: a decoder-only transformer with the layout of GPT-2.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"
#include "common/config/models/initial_weights.h"

namespace muster::config {

struct GptOptions {
  static constexpr const char* kName = "gpt";

  std::int64_t vocabulary = 0;  // Tokens count from 0.
  std::int64_t sequence = 0;    // Tokens of one sample.
  std::int64_t width = 0;       // Of the residual stream; a multiple of heads.
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  double dropout = 0;  // Of embeddings, attention and residuals, while training.
  InitialWeights initial = {};

  std::vector<FieldNeed> reads() const;
  ModelOutput output() const;
  bool operator==(const GptOptions&) const = default;
};

void describe(Fields<GptOptions>& fields);

}  // namespace muster::config
