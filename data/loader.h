// Reads the micro batches of a worker's lanes ahead of the training, on a thread of its own.
//
// Order: step by step, in a step lane by lane (ascending), in a lane micro batch by micro batch. A
// lane without samples yields one empty batch, so that the consumer sees every lane.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "common/deadline.h"
#include "common/lanes/lane_range.h"
#include "data/batch.h"
#include "data/dataset.h"
#include "data/partition.h"

namespace muster::data {

/// One micro batch and where it belongs.
struct LoadedBatch {
  std::int64_t step = 0;
  std::int64_t lane = 0;
  bool last_of_lane = false;          // No further micro batch of this lane in this step.
  std::vector<std::int64_t> samples;  // Their numbers in the data set, in the order of the batch.
  Batch batch;
};

struct LoaderOptions {
  LaneRange lanes;  // Of this worker.
  std::int64_t first_step = 0;
  std::int64_t end_step = 0;     // One past the last.
  std::int64_t micro_batch = 0;  // Largest number of samples in a batch. 0: the whole lane.
  int batches_ahead = 4;         // Bound of the queue. At least 1.
};

class Loader {
 public:
  /// `dataset` and `partition` must outlive the loader.
  Loader(const Dataset& dataset, const Partition& partition, const LoaderOptions& options);
  ~Loader();  // Ends the thread; does not wait for more than the read in progress.
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch. Blocks until it is there. Throws what reading it threw, Error{timeout} at the
  /// deadline, and Error{aborted} after the last batch. One consumer.
  LoadedBatch next(const Deadline& deadline);

  /// Seconds that next() has waited so far, all calls together.
  double seconds_waited() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::data
