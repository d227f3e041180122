// Softmax cross entropy of logits [samples, positions..., classes] against field `label` [samples,
// positions...].
#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/ne.h>

#include <cmath>

#include "worker/objectives/objective.h"

namespace muster::worker {
namespace {

class CrossEntropy : public Objective {
 public:
  explicit CrossEntropy(const config::CrossEntropyOptions& options) : options_(options) {}

  at::Tensor loss_sum(const at::Tensor& output, const TensorBatch& batch) const override {
    return smoothed_loss_sum(output, batch, options_.label_smoothing);
  }

  std::int64_t targets(const TensorBatch& batch) const override {
    const at::Tensor& labels = batch["label"];
    if (!options_.ignore_index) return labels.numel();
    return labels.ne(*options_.ignore_index).sum().item<std::int64_t>();
  }

  TallySize tally_size() const override { return {.sums = 1, .counts = 2}; }

  void add_evaluation(const at::Tensor& output, const TensorBatch& batch,
                      const Tally& tally) const override {
    const at::Tensor labels = batch["label"].flatten();
    at::Tensor right = at::argmax(output.flatten(0, -2), 1).eq(labels);
    if (options_.ignore_index) right = right.logical_and_(labels.ne(*options_.ignore_index));
    tally.sums[kLoss] += smoothed_loss_sum(output, batch, 0).item<double>();
    tally.counts[kTargets] += targets(batch);
    tally.counts[kRight] += right.sum().item<std::int64_t>();
  }

  std::map<std::string, double> metrics(const Tally& tally) const override {
    const auto targets = static_cast<double>(tally.counts[kTargets]);
    if (targets == 0) return {};
    const double loss = tally.sums[kLoss] / targets;
    return {{"accuracy", static_cast<double>(tally.counts[kRight]) / targets},
            {"loss", loss},
            {"perplexity", std::exp(loss)}};
  }

 private:
  enum Sum : std::size_t { kLoss };
  enum Count : std::size_t { kTargets, kRight };

  at::Tensor smoothed_loss_sum(const at::Tensor& output, const TensorBatch& batch,
                               double smoothing) const {
    // Labels are in [0, classes) where none is to be ignored: then any other number will do.
    return at::cross_entropy_loss(output.flatten(0, -2), batch["label"].flatten(), /*weight=*/{},
                                  at::Reduction::Sum, options_.ignore_index.value_or(-1),
                                  smoothing);
  }

  config::CrossEntropyOptions options_;
};

}  // namespace

ObjectivePointer make_objective(const config::CrossEntropyOptions& options) {
  return std::make_unique<CrossEntropy>(options);
}

}  // namespace muster::worker
