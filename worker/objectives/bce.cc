// Binary cross entropy of logits [samples, positions..., width] against field `label` of as many
// probabilities. Each is a target of its own; above 0.5 it counts as yes.
#include <ATen/ops/binary_cross_entropy_with_logits.h>

#include "worker/objectives/objective.h"
#include "worker/objectives/roc.h"

namespace muster::worker {
namespace {

class Bce : public Objective {
 public:
  at::Tensor loss_sum(const at::Tensor& output, const TensorBatch& batch) const override {
    return at::binary_cross_entropy_with_logits(output, batch["label"].view(output.sizes()),
                                                /*weight=*/{}, /*pos_weight=*/{},
                                                at::Reduction::Sum);
  }

  std::int64_t targets(const TensorBatch& batch) const override { return batch["label"].numel(); }

  TallySize tally_size() const override { return {.sums = 1, .counts = kCounts}; }

  void add_evaluation(const at::Tensor& output, const TensorBatch& batch,
                      const Tally& tally) const override {
    tally.sums[kLoss] += loss_sum(output, batch).item<double>();
    const at::Tensor logits = output.to(at::kFloat).contiguous();
    const at::Tensor labels = batch["label"].to(at::kFloat).contiguous();
    const float* logit = logits.const_data_ptr<float>();
    const float* label = labels.const_data_ptr<float>();
    for (std::int64_t i = 0; i < logits.numel(); ++i) {
      const bool is_yes = label[i] > 0.5f;
      ++tally.counts[(is_yes ? kYes : kNo) + roc_bin(logit[i])];
      tally.counts[kRight] += (logit[i] > 0) == is_yes;
    }
    tally.counts[kTargets] += logits.numel();
  }

  std::map<std::string, double> metrics(const Tally& tally) const override {
    const auto targets = static_cast<double>(tally.counts[kTargets]);
    if (targets == 0) return {};
    std::map<std::string, double> metrics = {
        {"accuracy", static_cast<double>(tally.counts[kRight]) / targets},
        {"loss", tally.sums[kLoss] / targets}};
    if (const auto area = area_under_roc(tally.counts.subspan(kNo, kRocBins),
                                         tally.counts.subspan(kYes, kRocBins))) {
      metrics["auc"] = *area;
    }
    return metrics;
  }

 private:
  enum Sum : std::size_t { kLoss };
  // kNo and kYes begin a histogram each.
  enum Count : std::size_t {
    kTargets,
    kRight,
    kNo,
    kYes = kNo + kRocBins,
    kCounts = kYes + kRocBins
  };
};

}  // namespace

ObjectivePointer make_objective(const config::BceOptions&) { return std::make_unique<Bce>(); }

}  // namespace muster::worker
