// How often to take a snapshot: by steps, or as often as costs at most a share of the time. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace muster::worker {

inline constexpr double kSnapshotShare = 0.01;  // Of the time since the training began.

class SnapshotPace {
 public:
  /// `interval`: every so many steps; empty: by time. `estimate_seconds`: of one snapshot, before
  /// there was any.
  SnapshotPace(std::optional<std::int64_t> interval, double estimate_seconds)
      : interval_(interval), last_seconds_(estimate_seconds) {}

  /// True when a snapshot after step number `steps` (steps done then) keeps the pace.
  /// `training_seconds`: since the first step of this process.
  bool is_due(std::int64_t steps, double training_seconds) const {
    if (interval_) return steps % *interval_ == 0;
    return spent_seconds_ + last_seconds_ <= kSnapshotShare * training_seconds;
  }

  void taken(double seconds) {
    last_seconds_ = seconds;
    spent_seconds_ += seconds;
    ++count_;
  }

  /// All snapshots so far.
  double spent_seconds() const { return spent_seconds_; }
  std::int64_t count() const { return count_; }

 private:
  std::optional<std::int64_t> interval_;
  double last_seconds_;
  double spent_seconds_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace muster::worker
