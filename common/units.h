// Values with units, as they are written in experiments: durations ("10ep", "500steps", "2h"),
// amounts of bytes ("25MB" = 25*10^6, "64MiB" = 64*2^20), and shares ("5%").
//
// Pure functions. parse_* throws Error{invalid} with what would be right; the caller adds the
// place.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace muster {

/// How long to train, or how often to do something.
struct Duration {
  enum class Unit { epochs, steps, samples, seconds };

  double amount = 0;  // Whole, except for seconds. min and h are turned into seconds.
  Unit unit = Unit::steps;

  bool operator==(const Duration&) const = default;
};

/// A length of part of a training: a duration, or a share of the training's own duration.
struct Span {
  enum class Kind { duration, share };

  Kind kind = Kind::duration;
  Duration duration;  // When kind is duration.
  double share = 0;   // When kind is share: 0.05 for "5%", in [0, 1].

  bool operator==(const Span&) const = default;
};

/// "10ep", "500steps", "1000samples", "30s", "5min", "2h". Positive.
Duration parse_duration(std::string_view text);

/// A duration as above (zero is allowed), or "5%".
Span parse_span(std::string_view text);

/// "25MB", "64MiB", "4096B". Positive, below 2^62.
std::int64_t parse_bytes(std::string_view text);

/// "30s", "2min", "500ms": a length of time, positive.
std::chrono::nanoseconds parse_time(std::string_view text);

/// The texts that parse_* reads back as the same values.
std::string to_string(const Duration& duration);
std::string to_string(const Span& span);
std::string bytes_to_string(std::int64_t bytes);
std::string time_to_string(std::chrono::nanoseconds time);

/// What is needed to turn epochs and samples into steps.
struct StepScale {
  std::int64_t samples_per_epoch = 0;
  std::int64_t samples_per_step = 0;

  /// ceil(samples_per_epoch / samples_per_step): a short last batch is a step.
  std::int64_t steps_per_epoch() const;
};

/// Steps of `duration`. Samples round up to whole steps. Not for seconds (a bug: asserted).
std::int64_t to_steps(const Duration& duration, const StepScale& scale);

/// Steps of `span`; a share is of `total_steps`, rounded to the nearest step.
std::int64_t to_steps(const Span& span, const StepScale& scale, std::int64_t total_steps);

}  // namespace muster
