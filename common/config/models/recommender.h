// Options of model `recommender`: an embedding for each id column, and linear layers over all of
// them together.
#pragma once

#include <cstdint>
#include <vector>

#include "common/config/describe.h"
#include "common/config/field_need.h"
#include "common/config/models/initial_weights.h"

namespace muster::config {

struct RecommenderOptions {
  static constexpr const char* kName = "recommender";

  std::vector<std::int64_t> ids;     // Different ids of each column: [users, items].
  std::int64_t width = 0;            // Of each embedding.
  std::vector<std::int64_t> hidden;  // Width of each hidden layer; may be empty.
  std::int64_t outputs = 1;          // Width of the last layer.
  InitialWeights initial = {};

  std::vector<FieldNeed> reads() const;
  ModelOutput output() const;
  bool operator==(const RecommenderOptions&) const = default;
};

void describe(Fields<RecommenderOptions>& fields);

}  // namespace muster::config
