// A point in time by which something must have happened. Every wait of this project takes one.
// Monotonic: changing the machine's clock has no effect.
#pragma once

#include <chrono>

namespace muster {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  static Deadline after(Clock::duration length) { return Deadline(Clock::now() + length); }
  static Deadline at(Clock::time_point time) { return Deadline(time); }

  bool has_passed() const { return Clock::now() >= time_; }

  /// Time left, never below zero.
  Clock::duration left() const {
    const auto now = Clock::now();
    return now >= time_ ? Clock::duration::zero() : time_ - now;
  }

  Clock::time_point time() const { return time_; }

 private:
  explicit Deadline(Clock::time_point time) : time_(time) {}

  Clock::time_point time_;
};

}  // namespace muster
