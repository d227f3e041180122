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

/// What an evaluation adds up. Two kinds, because there may be many counts (a histogram): sums
/// depend on the order of additions, so each lane has its own and the tree adds them; counts are
/// exact in any order, so a rank needs them once.
struct Tally {
  std::span<double> sums;
  std::span<std::int64_t> counts;
};

struct TallySize {
  std::size_t sums = 0;
  std::size_t counts = 0;
};

class Objective {
 public:
  virtual ~Objective() = default;

  /// The loss summed over the targets of the batch: a scalar with a graph. `output`: what the model
  /// made of the batch, [samples, positions..., width].
  virtual at::Tensor loss_sum(const at::Tensor& output, const TensorBatch& batch) const = 0;

  /// How many targets that sum is over: 0 when every target of the batch is ignored.
  virtual std::int64_t targets(const TensorBatch& batch) const = 0;

  virtual TallySize tally_size() const = 0;

  /// Adds this batch to `tally`, which has tally_size().
  virtual void add_evaluation(const at::Tensor& output, const TensorBatch& batch,
                              const Tally& tally) const = 0;

  /// Metric -> value, from the tally of the whole data set. What the data do not define is left
  /// out: everything where no target counts, the area under a curve where all targets are alike.
  virtual std::map<std::string, double> metrics(const Tally& tally) const = 0;
};

using ObjectivePointer = std::unique_ptr<Objective>;

// One line per objective.
ObjectivePointer make_objective(const config::CrossEntropyOptions& options);
ObjectivePointer make_objective(const config::MseOptions& options);
ObjectivePointer make_objective(const config::BceOptions& options);

/// The objective that an experiment names.
ObjectivePointer make_objective(const config::ObjectiveOptions& options);

}  // namespace muster::worker
