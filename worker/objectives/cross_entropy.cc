// Softmax cross entropy of logits [samples, classes] against field `label` [samples].
#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/eq.h>

#include "worker/objectives/objective.h"

namespace muster::worker {
namespace {

class CrossEntropy : public Objective {
 public:
  at::Tensor loss_sum(const at::Tensor& output, const TensorBatch& batch) const override {
    return at::cross_entropy_loss(output, batch["label"], /*weight=*/{}, at::Reduction::Sum);
  }

  std::int64_t targets(const TensorBatch& batch) const override { return batch.samples(); }

  std::size_t evaluation_sums() const override { return kSums; }

  void add_evaluation(const at::Tensor& output, const TensorBatch& batch,
                      std::span<double> sums) const override {
    sums[kTargets] += static_cast<double>(targets(batch));
    sums[kLoss] += loss_sum(output, batch).item<double>();
    const at::Tensor right = at::argmax(output, 1).eq(batch["label"]).sum();
    sums[kRight] += static_cast<double>(right.item<std::int64_t>());
  }

  std::map<std::string, double> metrics(std::span<const double> sums) const override {
    return {{"accuracy", sums[kRight] / sums[kTargets]}, {"loss", sums[kLoss] / sums[kTargets]}};
  }

 private:
  enum Sum : std::size_t { kTargets, kLoss, kRight, kSums };
};

}  // namespace

ObjectivePointer make_objective(const config::CrossEntropyOptions&) {
  return std::make_unique<CrossEntropy>();
}

}  // namespace muster::worker
