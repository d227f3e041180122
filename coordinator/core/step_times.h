// How long a step takes: the median of the recent ones.
//
// What is known of steps is when somebody spoke of them, several at once when they are short;
// pauses between steps (an evaluation, a checkpoint) look like long steps. The median does not mind
// either.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/deadline.h"

namespace muster::coordinator {

class StepTimes {
 public:
  /// The training is after `step` now; what comes next is measured from here.
  void begin(std::int64_t step, Clock::time_point now);

  /// `step` has been completed. Nothing happens for a step that is not later than the last one.
  void completed(std::int64_t step, Clock::time_point now);

  /// Empty before the first step has been measured.
  std::optional<Clock::duration> median() const;

 private:
  std::array<Clock::duration, 32> recent_{};  // A ring.
  std::size_t count_ = 0;                     // Ever measured.
  std::int64_t step_ = 0;
  std::optional<Clock::time_point> since_;  // Of step_.
};

}  // namespace muster::coordinator
