// AdamW with libtorch's fused kernel: one pass over parameters, gradients and both moments. Its
// bits do not depend on how the arena is cut into shards. Source: Loshchilov and Hutter, Decoupled
// Weight Decay Regularization, ICLR 2019.
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/zeros.h>

#include "worker/optim/optimizer.h"

namespace muster::worker {
namespace {

class Adamw : public Optimizer {
 public:
  Adamw(const config::AdamwOptions& options, UpdateRanges ranges, at::ScalarType type)
      : options_(options),
        ranges_(std::move(ranges)),
        exp_avg_(at::zeros({elements_of(ranges_)}, type)),
        exp_avg_sq_(at::zeros({elements_of(ranges_)}, type)),
        updates_(at::zeros({}, at::kFloat)) {}

  void update(const at::Tensor& parameters, const at::Tensor& gradients, double lr) override {
    updates_.add_(1);  // The kernel's bias correction counts from one.
    for (const UpdateRange& range : ranges_) {
      const auto part = [&](const at::Tensor& whole) {
        return whole.narrow(0, range.begin, range.count);
      };
      at::_fused_adamw_({part(parameters)}, {part(gradients)}, {part(exp_avg_)},
                        {part(exp_avg_sq_)}, /*max_exp_avg_sqs=*/{}, {updates_},
                        lr * range.lr_scale, options_.betas[0], options_.betas[1],
                        range.weight_decay, options_.eps, /*amsgrad=*/false, /*maximize=*/false);
    }
  }

  std::vector<OptimizerState> state() override {
    return {{"exp_avg", exp_avg_}, {"exp_avg_sq", exp_avg_sq_}};
  }

 private:
  config::AdamwOptions options_;
  UpdateRanges ranges_;
  at::Tensor exp_avg_;     // [elements]
  at::Tensor exp_avg_sq_;  // [elements]
  at::Tensor updates_;     // Scalar; float32 counts exactly to 2^24 = 16 M updates.
};

}  // namespace

OptimizerPointer make_optimizer(const config::AdamwOptions& options, UpdateRanges ranges,
                                at::ScalarType type) {
  return std::make_unique<Adamw>(options, std::move(ranges), type);
}

}  // namespace muster::worker
