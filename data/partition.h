// Which samples which lane trains on at which step: a pure function of the experiment. Elastic
// changes move lanes between workers, never samples between lanes; resuming in the middle of an
// epoch needs one number, the step.
#pragma once

#include <cstdint>
#include <vector>

namespace muster::data {

/// Positions [begin, end) of an epoch.
struct PositionRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - begin; }
  bool operator==(const PositionRange&) const = default;
};

/// How an epoch of a data set is cut into steps and lanes.
struct PartitionSpec {
  std::int64_t samples = 0;       // In the data set: of an epoch.
  std::int64_t global_batch = 0;  // Of a full step.
  std::int64_t lanes = 0;
  std::uint64_t seed = 0;
  bool shuffle = true;  // false: position p is sample p (evaluation).
};

class Partition {
 public:
  explicit Partition(const PartitionSpec& spec);

  const PartitionSpec& spec() const { return spec_; }

  /// ceil(samples / global_batch): a short last batch is kept.
  std::int64_t steps_per_epoch() const;

  /// The epoch of a step of the training, both from 0.
  std::int64_t epoch_of(std::int64_t step) const { return step / steps_per_epoch(); }

  /// Samples of the whole world at `step`: global_batch, or fewer in the last step of an epoch.
  std::int64_t samples_of_step(std::int64_t step) const;

  /// The positions of `lane` at `step`, within the epoch of that step: with n samples in the step,
  /// n*lane/lanes to n*(lane+1)/lanes after the step's first. May be empty in a short last batch.
  PositionRange positions(std::int64_t step, std::int64_t lane) const;

  /// The samples at those positions, in order.
  std::vector<std::int64_t> samples(std::int64_t step, std::int64_t lane) const;

 private:
  PartitionSpec spec_;
};

}  // namespace muster::data
