#include "worker/train/gradient_sink.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include "common/error.h"

namespace muster::worker {

/// Fires once per backward pass, after all uses of a (tied) parameter have been added up.
class GradientSink::Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  Hook(GradientSink& sink, std::size_t parameter) : sink_(sink), parameter_(parameter) {}

  void operator()(const at::Tensor& parameter) override {
    sink_.receive(parameter_, parameter.grad());
    parameter.mutable_grad().reset();
  }

 private:
  GradientSink& sink_;
  std::size_t parameter_;
};

GradientSink::GradientSink(Arena& arena)
    : arena_(arena), written_(arena.tensors().parameters.size()) {
  for (std::size_t i = 0; i < written_.size(); ++i) {
    torch::autograd::impl::set_post_acc_grad_hooks(arena.tensors().parameters[i].second,
                                                   std::make_unique<Hook>(*this, i));
  }
}

GradientSink::~GradientSink() {
  for (const auto& [name, parameter] : arena_.tensors().parameters) {
    torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
  }
}

void GradientSink::begin_lane(int index) {
  buffer_ = arena_.gradients(index);
  written_.assign(written_.size(), false);
  const ArenaLayout& layout = arena_.layout();
  buffer_
      .narrow(0, layout.parameter_elements(), layout.total_elements() - layout.parameter_elements())
      .zero_();
}

void GradientSink::receive(std::size_t parameter, const at::Tensor& gradient) {
  MUSTER_ASSERT(buffer_.defined(), "a gradient outside a lane");
  at::NoGradGuard no_grad;
  const ArenaEntry& entry = arena_.layout().parameters()[parameter];
  const at::Tensor place = buffer_.narrow(0, entry.offset, entry.count).view(entry.shape);
  if (written_[parameter]) {
    place.add_(gradient);  // A later micro batch of the lane.
  } else {
    place.copy_(gradient);
    written_[parameter] = true;
  }
}

void GradientSink::add_statistics(double weight) {
  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < arena_.tensors().statistics.size(); ++i) {
    const ArenaEntry& entry = arena_.layout().statistics()[i];
    buffer_.narrow(0, entry.offset, entry.count)
        .view(entry.shape)
        .add_(arena_.tensors().statistics[i].second, weight);
  }
}

void GradientSink::end_lane() {
  for (std::size_t i = 0; i < written_.size(); ++i) {
    if (written_[i]) continue;
    const ArenaEntry& entry = arena_.layout().parameters()[i];
    buffer_.narrow(0, entry.offset, entry.count).zero_();
  }
  buffer_.reset();
}

}  // namespace muster::worker
