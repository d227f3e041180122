// SGD in one pass over parameters, gradients and momentum, which threads share.
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include "worker/optim/optimizer.h"
#include "worker/optim/sgd_arithmetic.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kElementsPerThread = 1 << 16;  // At least: less is not worth a thread.

class Sgd : public Optimizer {
 public:
  Sgd(const config::SgdOptions& options, UpdateRanges ranges, at::ScalarType type)
      : options_(options), ranges_(std::move(ranges)) {
    if (options_.momentum != 0) momentum_ = at::zeros({elements_of(ranges_)}, type);
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

  std::vector<OptimizerState> state() override {
    if (!momentum_.defined()) return {};
    return {{"momentum_buffer", momentum_}};
  }

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

OptimizerPointer make_optimizer(const config::SgdOptions& options, UpdateRanges ranges,
                                at::ScalarType type) {
  return std::make_unique<Sgd>(options, std::move(ranges), type);
}

}  // namespace muster::worker
