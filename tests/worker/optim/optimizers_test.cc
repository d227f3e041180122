// What every optimizer promises: the same bits however its shard is cut, and the values of each
// parameter group. That the values are PyTorch's own, tests/golden/optimizers.json says.
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <vector>

#include "worker/optim/optimizer.h"

namespace muster::worker {
namespace {

constexpr std::int64_t kElements = 4099;
constexpr int kUpdates = 4;

/// A parameter and its gradient at an update, by element: the same in every cut.
at::Tensor ramp(std::int64_t begin, std::int64_t end, int update, at::ScalarType type) {
  const at::Tensor angles = at::add(at::mul(at::arange(begin, end, at::kDouble), 0.37), update);
  return at::sin(angles).to(type);
}

/// An optimizer and the state that it works on.
struct Optimized {
  Optimized(const config::OptimizerOptions& options, UpdateRanges ranges, at::ScalarType type) {
    const std::int64_t elements = ranges.empty() ? 0 : ranges.back().begin + ranges.back().count;
    for (std::size_t i = 0; i < state_names(options).size(); ++i) {
      state.push_back(at::zeros({elements}, type));
    }
    optimizer = make_optimizer(options, std::move(ranges), state);
  }
  Optimizer* operator->() const { return optimizer.get(); }

  OptimizerState state;
  OptimizerPointer optimizer;
};

/// The parameters after some updates of an optimizer that sees elements [begin, end) only.
at::Tensor updated(const config::OptimizerOptions& options, std::int64_t begin, std::int64_t end,
                   at::ScalarType type, int updates = kUpdates, double weight_decay = 0.1) {
  const Optimized optimizer(
      options, {{.begin = 0, .count = end - begin, .weight_decay = weight_decay}}, type);
  at::Tensor parameters = ramp(begin, end, -1, type);
  for (int i = 0; i < updates; ++i) {
    optimizer->update(parameters, ramp(begin, end, i, type), 0.1 / (i + 1));
  }
  return parameters;
}

config::SgdOptions sgd(double momentum, bool nesterov, double dampening) {
  config::SgdOptions options;
  options.lr = 0.1;
  options.momentum = momentum;
  options.nesterov = nesterov;
  options.dampening = dampening;
  return options;
}

std::vector<config::OptimizerOptions> all_optimizers() {
  config::AdamwOptions adamw;
  adamw.lr = 0.1;
  return {adamw, sgd(0, false, 0), sgd(0.9, false, 0.25), sgd(0.9, true, 0)};
}

// At blocks: within its last few elements, fewer than a vector, the kernel may round otherwise.
TEST(Optimizers, BitsDoNotDependOnTheBlocksAtWhichTheShardIsCut) {
  for (const config::OptimizerOptions& options : all_optimizers()) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      const at::Tensor whole = updated(options, 0, kElements, type);
      for (const std::int64_t cut : {1024, 2048, 4096}) {
        const at::Tensor parts =
            at::cat({updated(options, 0, cut, type), updated(options, cut, kElements, type)});
        EXPECT_TRUE(at::equal(parts, whole)) << options.index() << ", cut at " << cut;
      }
    }
  }
}

// Kernels give each thread a part of what is long enough, and round the last elements of a part
// that fill no vector otherwise: where the parts begin must not depend on where the shard was cut.
TEST(Optimizers, BitsDoNotDependOnTheBlocksAtWhichTheShardIsCutWithTwoThreads) {
  constexpr std::int64_t kLong = 3 * 65'536 + 3;  // Long enough for two threads, cut below too.
  const int threads_before = at::get_num_threads();
  for (const config::OptimizerOptions& options : all_optimizers()) {
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      at::set_num_threads(1);
      const at::Tensor alone = updated(options, 0, kLong, type, 2);
      at::set_num_threads(2);
      EXPECT_TRUE(at::equal(updated(options, 0, kLong, type, 2), alone)) << options.index();
      for (const std::int64_t cut : {1024, 65 * 1024, 99 * 1024}) {
        const at::Tensor parts =
            at::cat({updated(options, 0, cut, type, 2), updated(options, cut, kLong, type, 2)});
        EXPECT_TRUE(at::equal(parts, alone)) << options.index() << ", cut at " << cut;
      }
    }
  }
  at::set_num_threads(threads_before);
}

TEST(Optimizers, RangesHaveTheirOwnLearningRateAndDecay) {
  for (const config::OptimizerOptions& options : all_optimizers()) {
    const Optimized both(options,
                         {{.begin = 0, .count = 3, .lr_scale = 1, .weight_decay = 0.1},
                          {.begin = 3, .count = 2, .lr_scale = 0.5, .weight_decay = 0}},
                         at::kDouble);
    at::Tensor parameters = ramp(0, 5, -1, at::kDouble);
    both->update(parameters, ramp(0, 5, 0, at::kDouble), 0.1);

    const Optimized second(options, {{.begin = 0, .count = 2}}, at::kDouble);
    at::Tensor alone = ramp(3, 5, -1, at::kDouble);
    second->update(alone, ramp(3, 5, 0, at::kDouble), 0.05);
    EXPECT_TRUE(at::equal(parameters.narrow(0, 0, 3), updated(options, 0, 3, at::kDouble, 1)));
    EXPECT_TRUE(at::equal(parameters.narrow(0, 3, 2), alone));
  }
}

// By hand: lr 0.1 then 0.05, decay 0.1, momentum 0.5, dampening 0.25; the first buffer is the whole
// gradient.
TEST(Optimizers, SgdFollowsItsFormula) {
  const config::SgdOptions options = sgd(0.5, false, 0.25);
  const Optimized optimizer(options, {{.begin = 0, .count = 1, .weight_decay = 0.1}}, at::kDouble);
  at::Tensor parameter = at::full({1}, 2.0, at::kDouble);
  optimizer->update(parameter, at::full({1}, 1.0, at::kDouble), 0.1);
  EXPECT_DOUBLE_EQ(parameter.item<double>(), 2 - 0.1 * 1.2);
  optimizer->update(parameter, at::full({1}, 1.0, at::kDouble), 0.05);
  const double buffer = 0.5 * 1.2 + 0.75 * (1 + 0.1 * 1.88);
  EXPECT_DOUBLE_EQ(parameter.item<double>(), 1.88 - 0.05 * buffer);
  EXPECT_EQ(state_names(options), std::vector<std::string>{"momentum_buffer"});
  EXPECT_DOUBLE_EQ(optimizer.state[0].item<double>(), buffer);
}

TEST(Optimizers, SgdWithoutMomentumHasNoState) {
  EXPECT_TRUE(state_names(sgd(0, false, 0)).empty());
}

TEST(Optimizers, GoOnFromSavedStateWithTheSameBits) {
  for (const config::OptimizerOptions& options : all_optimizers()) {
    const UpdateRanges ranges = {{.begin = 0, .count = kElements, .weight_decay = 0.1}};
    const Optimized first(options, ranges, at::kFloat);
    at::Tensor parameters = ramp(0, kElements, -1, at::kFloat);
    for (int i = 0; i < 2; ++i)
      first->update(parameters, ramp(0, kElements, i, at::kFloat), 0.1 / (i + 1));

    const Optimized second(options, ranges, at::kFloat);
    for (std::size_t i = 0; i < first.state.size(); ++i) second.state[i].copy_(first.state[i]);
    second->set_updates(2);
    for (int i = 2; i < kUpdates; ++i)
      second->update(parameters, ramp(0, kElements, i, at::kFloat), 0.1 / (i + 1));
    EXPECT_TRUE(at::equal(parameters, updated(options, 0, kElements, at::kFloat)))
        << options.index();
  }
}

TEST(Optimizers, EmptyShardIsNoTrouble) {
  for (const config::OptimizerOptions& options : all_optimizers()) {
    const Optimized optimizer(options, {}, at::kFloat);
    at::Tensor nothing = at::empty({0}, at::kFloat);
    optimizer->update(nothing, nothing, 0.1);
  }
}

}  // namespace
}  // namespace muster::worker
