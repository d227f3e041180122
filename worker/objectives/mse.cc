// Squared error of outputs [samples, positions..., width] against field `label` of as many numbers.
// Each number is a target of its own.
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>

#include "worker/objectives/objective.h"

namespace muster::worker {
namespace {

class Mse : public Objective {
 public:
  at::Tensor loss_sum(const at::Tensor& output, const TensorBatch& batch) const override {
    return at::mse_loss(output, batch["label"].view(output.sizes()), at::Reduction::Sum);
  }

  std::int64_t targets(const TensorBatch& batch) const override { return batch["label"].numel(); }

  TallySize tally_size() const override { return {.sums = 2, .counts = 1}; }

  void add_evaluation(const at::Tensor& output, const TensorBatch& batch,
                      const Tally& tally) const override {
    const at::Tensor labels = batch["label"].view(output.sizes());
    tally.sums[kSquares] += loss_sum(output, batch).item<double>();
    tally.sums[kAbsolute] += at::l1_loss(output, labels, at::Reduction::Sum).item<double>();
    tally.counts[kTargets] += targets(batch);
  }

  std::map<std::string, double> metrics(const Tally& tally) const override {
    const auto targets = static_cast<double>(tally.counts[kTargets]);
    if (targets == 0) return {};
    return {{"loss", tally.sums[kSquares] / targets}, {"mae", tally.sums[kAbsolute] / targets}};
  }

 private:
  enum Sum : std::size_t { kSquares, kAbsolute };
  enum Count : std::size_t { kTargets };
};

}  // namespace

ObjectivePointer make_objective(const config::MseOptions&) { return std::make_unique<Mse>(); }

}  // namespace muster::worker
