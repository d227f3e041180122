// Options of data format `synthetic`: samples that are made, not read, from a rule that can be
// learned; for trying things out and for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/config/describe.h"

namespace muster::config {

struct SyntheticOptions {
  static constexpr const char* kName = "synthetic";
  enum class Kind { images, classes, ids, tokens };
  enum class Target { binary, value };

  Kind kind = Kind::classes;
  std::int64_t samples = 0;
  std::int64_t offset = 0;  // The first sample is number `offset` of the endless row of samples.
  std::int64_t seed = 1;    // Of the rule and the samples.
  double noise = 0.25;

  // Empty: what the model and the objective read.
  std::optional<std::vector<std::int64_t>> shape;  // images, classes: of the input.
  std::optional<std::int64_t> classes;             // images, classes.
  std::optional<std::vector<std::int64_t>> sizes;  // ids: how many there are, per column.
  std::optional<Target> target;                    // ids.
  std::optional<std::int64_t> vocabulary;          // tokens.
  std::optional<std::int64_t> sequence;            // tokens.

  bool operator==(const SyntheticOptions&) const = default;
};

void describe(Fields<SyntheticOptions>& fields);

}  // namespace muster::config
