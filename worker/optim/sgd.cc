// SGD in one pass over parameters, gradients and momentum, which threads share.
#include <ATen/Parallel.h>

#include "worker/optim/optimizer.h"
#include "worker/optim/sgd_arithmetic.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kElementsPerThread = 1 << 16;  // At least: less is not worth a thread.

class Sgd : public Optimizer {
 public:
  Sgd(const config::SgdOptions& options, UpdateRanges ranges, const OptimizerState& state)
      : options_(options), ranges_(std::move(ranges)) {
    if (options_.momentum != 0) momentum_ = state.at(0);
  }

  void update(const at::Tensor& parameters, const at::Tensor& gradients, double lr) override {
    for (const UpdateRange& range : ranges_) {
      const SgdFactors factors{.lr = lr * range.lr_scale,
                               .weight_decay = range.weight_decay,
                               .momentum = options_.momentum,
                               .intake = updates_ == 0 ? 1 : 1 - options_.dampening,
                               .nesterov = options_.nesterov};
      if (parameters.scalar_type() == at::kFloat) {
        update_range<float>(range, parameters, gradients, factors);
      } else {
        update_range<double>(range, parameters, gradients, factors);
      }
    }
    ++updates_;
  }

  void set_updates(std::int64_t updates) override { updates_ = updates; }

 private:
  template <class T>
  void update_range(const UpdateRange& range, const at::Tensor& parameters,
                    const at::Tensor& gradients, const SgdFactors& factors) {
    T* const to = parameters.mutable_data_ptr<T>() + range.begin;
    const T* const from = gradients.const_data_ptr<T>() + range.begin;
    T* const momentum =
        momentum_.defined() ? momentum_.mutable_data_ptr<T>() + range.begin : nullptr;
    at::parallel_for(0, range.count, kElementsPerThread, [&](std::int64_t begin, std::int64_t end) {
      if (momentum) {
        sgd_with_momentum(to + begin, momentum + begin, from + begin, end - begin, factors);
      } else {
        sgd(to + begin, from + begin, end - begin, factors);
      }
    });
  }

  config::SgdOptions options_;
  UpdateRanges ranges_;
  at::Tensor momentum_;  // [elements]; undefined without momentum.
  std::int64_t updates_ = 0;
};

}  // namespace

std::vector<std::string> state_names(const config::SgdOptions& options) {
  if (options.momentum == 0) return {};
  return {"momentum_buffer"};
}

OptimizerPointer make_optimizer(const config::SgdOptions& options, UpdateRanges ranges,
                                OptimizerState state) {
  return std::make_unique<Sgd>(options, std::move(ranges), state);
}

}  // namespace muster::worker
