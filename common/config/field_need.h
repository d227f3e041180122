// What models and objectives read of a batch, as data: formats take their types and the range of
// good values from it, and the checks before a run compare it with what the data have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/dtype.h"

namespace muster::config {

/// The values that can be used; a record with others is a bad record.
struct ValueRange {
  double least = 0;     // Exact for every integer that is used (all below 2^53).
  double greatest = 0;  // Itself among the good values.
  std::string reason;   // "model.classes is 10": completes the message.
  std::optional<double> also = std::nullopt;  // A good value outside: what is to be ignored.

  bool holds(double value) const {
    return (value >= least && value <= greatest) || (also && value == *also);
  }

  /// Whether all of 0 .. count-1 are good; `count` is at least 1.
  bool holds_first(std::int64_t count) const {
    const auto last = static_cast<double>(count - 1);
    return holds(0) && (last <= greatest || (also && last == *also && last <= greatest + 1));
  }
  bool operator==(const ValueRange&) const = default;
};

/// A named tensor of every sample.
struct FieldNeed {
  enum class Kind { floats, integers };

  std::string name;  // "input", "label", "ids"
  Kind kind = Kind::floats;
  std::vector<std::int64_t> shape;  // Of one sample; the data may have another of as many elements.
  std::string shape_key;            // The key that says the shape, for messages: "model.input".
  /// Element i of a sample is in ranges[i]; a single range is that of every element; none: any
  /// value of the type is good.
  std::vector<ValueRange> ranges = {};

  /// Whether a field of that type can be read: whole numbers as int64 only, others from any float.
  bool accepts(DType dtype) const {
    if (kind == Kind::integers) return dtype == DType::int64;
    return dtype != DType::int64 && dtype != DType::int32;
  }

  /// That of element `element`, where there are ranges.
  const ValueRange& range_of(std::size_t element) const {
    return ranges[ranges.size() == 1 ? 0 : element];
  }

  std::int64_t elements() const {
    std::int64_t product = 1;
    for (const std::int64_t size : shape) {
      if (__builtin_mul_overflow(product, size, &product)) return -1;  // Refused elsewhere.
    }
    return product;
  }
};

/// What a model makes of one sample: for each of `positions` targets, `width` numbers.
struct ModelOutput {
  std::vector<std::int64_t> positions = {};  // [] for one target a sample, [sequence] for text.
  std::int64_t width = 0;                    // Classes, tokens, or values to predict.
  std::string width_key;                     // Which key says so: "model.classes".
  std::string positions_key = {};            // "model.sequence"; empty without positions.
};

}  // namespace muster::config
