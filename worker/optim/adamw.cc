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
  Adamw(const config::AdamwOptions& options, UpdateRanges ranges, const OptimizerState& state)
      : options_(options),
        ranges_(std::move(ranges)),
        exp_avg_(state.at(0)),
        exp_avg_sq_(state.at(1)),
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

  void set_updates(std::int64_t updates) override { updates_.fill_(updates); }

 private:
  config::AdamwOptions options_;
  UpdateRanges ranges_;
  at::Tensor exp_avg_;     // [elements]
  at::Tensor exp_avg_sq_;  // [elements]
  at::Tensor updates_;     // Scalar; float32 counts exactly to 2^24 = 16 M updates.
};

}  // namespace

std::vector<std::string> state_names(const config::AdamwOptions&) {
  return {"exp_avg", "exp_avg_sq"};
}

OptimizerPointer make_optimizer(const config::AdamwOptions& options, UpdateRanges ranges,
                                OptimizerState state) {
  return std::make_unique<Adamw>(options, std::move(ranges), state);
}

}  // namespace muster::worker
