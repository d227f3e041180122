// What is minimised and what is measured. An objective returns sums and counts, never means: sums
// over lanes are exact about short batches, and are divided once, by the whole step's count.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "common/config/objectives/objectives.h"
#include "worker/tensor_batch.h"

namespace muster::worker {

class Objective {
 public:
  virtual ~Objective() = default;

  /// The loss summed over the targets of the batch: a scalar with a graph.
  virtual at::Tensor loss_sum(const at::Tensor& output, const TensorBatch& batch) const = 0;

  /// How many targets that sum is over.
  virtual std::int64_t targets(const TensorBatch& batch) const = 0;

  /// How many numbers an evaluation sums up.
  virtual std::size_t evaluation_sums() const = 0;

  /// Adds this batch to `sums` ([evaluation_sums()]). Counts are exact in double.
  virtual void add_evaluation(const at::Tensor& output, const TensorBatch& batch,
                              std::span<double> sums) const = 0;

  /// Metric -> value, from the sums over the whole data set.
  virtual std::map<std::string, double> metrics(std::span<const double> sums) const = 0;
};

using ObjectivePointer = std::unique_ptr<Objective>;

// One line per objective.
ObjectivePointer make_objective(const config::CrossEntropyOptions& options);

/// The objective that an experiment names.
ObjectivePointer make_objective(const config::ObjectiveOptions& options);

}  // namespace muster::worker
