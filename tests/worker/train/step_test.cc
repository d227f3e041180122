// The step over ranks that are threads: the same bits at any number of workers, and every part of a
// buffer written in every lane. Models here draw no random numbers while they train (torch's
// generator belongs to the process, and these ranks share one).
#include "worker/train/step.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>

#include <limits>
#include <mutex>

#include "comm/local/local_world.h"
#include "common/error.h"
#include "common/lanes/summation_tree.h"
#include "worker/models/build.h"

namespace muster::worker {
namespace {

/// 70 samples of 1x8x8 values and a label, from a formula.
class FormulaDataset : public data::Dataset {
 public:
  std::int64_t size() const override { return 70; }
  const std::vector<data::FieldSpec>& fields() const override { return fields_; }
  const data::Manifest& manifest() const override { return manifest_; }
  data::Batch read(std::span<const std::int64_t> indices) const override {
    data::Batch batch = data::make_batch(fields_, static_cast<std::int64_t>(indices.size()));
    auto* input = reinterpret_cast<float*>(batch.fields[0].values.data());
    auto* label = reinterpret_cast<std::int64_t*>(batch.fields[1].values.data());
    for (const std::int64_t index : indices) {
      for (int i = 0; i < 64; ++i) {
        *input++ = static_cast<float>((index * 37 + i * i * 11) % 101) / 101.0f;
      }
      *label++ = index % 10;
    }
    return batch;
  }

 private:
  std::vector<data::FieldSpec> fields_ = {{"input", DType::float32, {64}},
                                          {"label", DType::int64, {}}};
  data::Manifest manifest_;
};

class SilentReporter : public Reporter {
 public:
  SilentReporter(bool asked, std::int64_t from_step) : asked_(asked), from_step_(from_step) {}
  void phase(wire::Phase) override {}
  void step_completed(std::int64_t step) override { steps_ = step; }
  void progressed() override {}
  void restored(std::int64_t, const std::string&) override {}
  void metrics(const wire::MetricsLine&) override {}
  void checkpoint_written(const wire::CheckpointWritten&) override {}
  void checkpoint_failed(const wire::CheckpointFailed&) override {}
  void remark(const std::string&) override {}
  void finished(const wire::Finished&) override {}
  bool stop_requested() const override { return asked_ && steps_ >= from_step_; }
  bool is_alone() const override { return false; }

 private:
  bool asked_;
  std::int64_t from_step_;
  std::int64_t steps_ = 0;
};

/// Which rank is asked to stop, and after how many steps. It wants a checkpoint then, too.
struct Stop {
  int rank = -1;
  std::int64_t from_step = 0;
};

config::Experiment experiment_of(const std::string& model, std::int64_t lanes,
                                 std::optional<std::int64_t> micro) {
  config::Experiment experiment;
  if (model == "mlp") {
    experiment.model.options = config::MlpOptions{{64}, {48, 24}, 10};
  } else {
    experiment.model.options = config::ConvnetOptions{{1, 8, 8}, {8, 16}, 10};
  }
  experiment.batch = {.global = 24, .lanes = lanes, .micro = micro};
  config::AdamwOptions adamw;
  adamw.lr = 1e-2;
  experiment.optimizer = adamw;
  experiment.gradient.clip_norm = 0.5;
  experiment.comm.timeout = std::chrono::seconds(30);
  return experiment;
}

struct Trained {
  std::vector<std::byte> values;  // The arena: parameters and statistics.
  std::vector<double> losses;
  std::vector<double> norms;
  std::vector<int> stopped_at;  // By rank: the first step that said stop; -1 for none.
  std::vector<int> saved_at;  // By rank: the last step that said that somebody wants a checkpoint.

  bool has_same_bits(const Trained& other) const {
    return values == other.values && losses == other.losses && norms == other.norms;
  }
};

/// Trains six steps (two epochs with a short last batch of 22) on `ranks` ranks.
Trained train_steps(const config::Experiment& experiment, int ranks,
                    const std::function<ModelPointer()>& make, Stop stop = {},
                    int ranks_per_node = 0) {
  Trained trained;
  trained.stopped_at.assign(static_cast<std::size_t>(ranks), -1);
  trained.saved_at = trained.stopped_at;
  std::mutex making;
  comm::run_local_world(
      {.ranks = ranks, .ranks_per_node = ranks_per_node}, [&](comm::Communicator& communicator) {
        at::set_num_threads(1);  // OpenMP keeps it by thread.
        const FormulaDataset dataset;
        const int rank = communicator.rank().index;
        const std::vector<LaneRange> lanes = lanes_of_workers(*experiment.batch.lanes, ranks);
        const data::Partition partition({.samples = dataset.size(),
                                         .global_batch = experiment.batch.global,
                                         .lanes = *experiment.batch.lanes,
                                         .seed = 3});
        ModelPointer model;
        {
          const std::lock_guard lock(making);
          model = make();
        }
        int buffers = 0;
        for (const LaneRange range : lanes) {
          buffers = std::max(buffers, buffers_needed(range, *experiment.batch.lanes));
        }
        Arena arena(communicator, *model,
                    {.groups = parameter_groups(experiment.optimizer),
                     .type = at::kFloat,
                     .gradient_buffers = buffers,
                     .states = state_names(experiment.optimizer)});
        const ObjectivePointer objective = make_objective(experiment.objective);
        const LrSchedule schedule(config::ConstantOptions{}, 1e-2, 6, {70, 24});
        SilentReporter reporter(rank == stop.rank, stop.from_step);
        Step step({experiment, communicator, lanes, partition, *model, *objective, arena, schedule,
                   reporter});
        data::Loader loader(dataset, partition,
                            {.lanes = lanes[static_cast<std::size_t>(rank)],
                             .end_step = 6,
                             .micro_batch = experiment.batch.micro.value_or(0)});
        for (int i = 0; i < 6; ++i) {
          const Wishes wishes{.checkpoint = rank == stop.rank && i == stop.from_step};
          const StepResult result = step.run(i, loader, wishes);
          reporter.step_completed(i + 1);
          int& stopped_at = trained.stopped_at[static_cast<std::size_t>(rank)];
          if (result.stop && stopped_at < 0) stopped_at = i;
          if (result.wishes.checkpoint) trained.saved_at[static_cast<std::size_t>(rank)] = i;
          if (rank != 0) continue;
          trained.losses.push_back(result.loss);
          trained.norms.push_back(result.grad_norm);
        }
        if (rank == 0) {
          const auto* start = static_cast<const std::byte*>(arena.values().const_data_ptr());
          trained.values.assign(start, start + arena.values().nbytes());
        }
      });
  return trained;
}

TEST(Step, BitsDoNotDependOnTheNumberOfWorkers) {
  for (const std::string model : {"mlp", "convnet"}) {
    for (const std::int64_t lanes : {4, 6}) {
      for (const std::optional<std::int64_t> micro :
           {std::optional<std::int64_t>(), std::optional<std::int64_t>(2)}) {
        const config::Experiment experiment = experiment_of(model, lanes, micro);
        const auto make = [&] { return build_model(experiment); };
        const Trained alone = train_steps(experiment, 1, make);
        EXPECT_NE(alone.losses.back(), alone.losses.front());
        for (const int ranks : {2, 3, 4}) {
          for (const int per_node : {0, 1, 2, 3}) {
            EXPECT_TRUE(train_steps(experiment, ranks, make, {}, per_node).has_same_bits(alone))
                << model << ", lanes " << lanes << ", ranks " << ranks << ", per node " << per_node;
          }
        }
      }
    }
  }
}

config::ParameterGroup group(std::vector<std::string> match, std::optional<double> weight_decay,
                             double lr_scale) {
  return {.match = std::move(match), .weight_decay = weight_decay, .lr_scale = lr_scale};
}

TEST(Step, BitsOfGroupsDoNotDependOnTheNumberOfWorkers) {
  config::AdamwOptions adamw;
  adamw.lr = 1e-2;
  adamw.groups = {group({"*.bias"}, 0, 1), group({"layers.2.*"}, 0.3, 0.5)};
  config::SgdOptions sgd;
  sgd.lr = 1e-2;
  sgd.momentum = 0.9;
  sgd.nesterov = true;
  sgd.weight_decay = 0.1;
  sgd.groups = {group({"*.bias"}, 0, 1),
                group({"*.2.weight"}, 0.3, 0.5),
                {.match = {"*.0.weight"}, .weight_decay = {}, .freeze = true}};
  for (const config::OptimizerOptions& optimizer :
       std::vector<config::OptimizerOptions>{adamw, sgd}) {
    config::Experiment experiment = experiment_of("mlp", 4, {});
    experiment.optimizer = optimizer;
    const auto make = [&] { return build_model(experiment); };
    const Trained alone = train_steps(experiment, 1, make);
    EXPECT_NE(alone.losses.back(), alone.losses.front());
    for (const int ranks : {2, 3, 4}) {
      EXPECT_TRUE(train_steps(experiment, ranks, make).has_same_bits(alone)) << ranks << " ranks";
    }
    EXPECT_TRUE(train_steps(experiment, 4, make, {}, 2).has_same_bits(alone));
  }
}

TEST(Step, StopAskedOfOneRankIsKnownToAllAfterTheSameStep) {
  const config::Experiment experiment = experiment_of("mlp", 4, {});
  const auto make = [&] { return build_model(experiment); };
  EXPECT_EQ(train_steps(experiment, 3, make).stopped_at, (std::vector<int>{-1, -1, -1}));
  EXPECT_EQ(train_steps(experiment, 3, make, {.rank = 2, .from_step = 2}).stopped_at,
            (std::vector<int>{2, 2, 2}));
}

TEST(Step, WishOfOneRankIsKnownToAllAfterTheSameStep) {
  const config::Experiment experiment = experiment_of("mlp", 4, {});
  const auto make = [&] { return build_model(experiment); };
  EXPECT_EQ(train_steps(experiment, 3, make, {.rank = 1, .from_step = 4}).saved_at,
            (std::vector<int>{4, 4, 4}));
}

/// A layer that only samples with an even label use, and an embedding tied to the head.
class Torture : public Model {
 public:
  Torture() {
    body_ = register_module("body", torch::nn::Linear(64, 16));
    side_ = register_module("side", torch::nn::Linear(16, 16));
    table_ = register_module("table", torch::nn::Embedding(10, 16));
    register_parameter("head", table_->weight);
  }
  at::Tensor forward(const TensorBatch& batch) override {
    at::Tensor hidden = body_->forward(batch["input"]) + table_->forward(batch["label"]);
    if (batch["label"][0].item<std::int64_t>() % 2 == 0) hidden = hidden + side_->forward(hidden);
    return hidden.matmul(table_->weight.t());
  }

 private:
  torch::nn::Linear body_{nullptr}, side_{nullptr};
  torch::nn::Embedding table_{nullptr};
};

// One sample a lane: in most lanes of a step `side` gets no gradient, and in the short last batch
// some lanes have no sample at all. An old gradient left in a buffer would change the bits.
TEST(Step, ParametersWithoutGradientAndEmptyLanesContributeZeros) {
  const config::Experiment experiment = experiment_of("mlp", 24, {});
  const auto make = [&]() -> ModelPointer {
    at::manual_seed(5);
    return std::make_shared<Torture>();
  };
  const Trained alone = train_steps(experiment, 1, make);
  for (const int ranks : {2, 3, 5, 24}) {
    EXPECT_TRUE(train_steps(experiment, ranks, make).has_same_bits(alone)) << ranks << " ranks";
  }
}

// Only `side` is trained: one sample of two leads to no trained parameter at all.
TEST(Step, FrozenParametersKeepTheirValuesAndTakeNoPartInTheNorm) {
  config::Experiment experiment = experiment_of("mlp", 24, {});
  std::get<config::AdamwOptions>(experiment.optimizer).groups = {
      {.match = {"body.*", "head"}, .weight_decay = {}, .freeze = true}};
  const auto make = [&]() -> ModelPointer {
    at::manual_seed(5);
    return std::make_shared<Torture>();
  };
  const Trained alone = train_steps(experiment, 1, make);
  // side.weight and side.bias: one block of 1,024 elements.
  EXPECT_EQ(alone.values.size(), 1024 * sizeof(float));
  EXPECT_NE(alone.losses.back(), alone.losses.front());
  EXPECT_TRUE(train_steps(experiment, 3, make).has_same_bits(alone));
}

// One sample a lane: a lane whose target is ignored adds nothing, neither to the sum nor to the
// count.
TEST(Step, LanesWhoseTargetsAreIgnoredKeepTheBits) {
  config::Experiment experiment = experiment_of("mlp", 24, {});
  experiment.objective = config::CrossEntropyOptions{.ignore_index = 3, .label_smoothing = 0.1};
  const auto make = [&] { return build_model(experiment); };
  const Trained alone = train_steps(experiment, 1, make);
  for (const int ranks : {2, 5}) {
    EXPECT_TRUE(train_steps(experiment, ranks, make).has_same_bits(alone)) << ranks << " ranks";
  }
}

// One sample a step. The first six samples have at least two of the ten labels.
TEST(Step, StepWithoutATargetThatCountsIsRefused) {
  int refused = 0;
  for (std::int64_t ignored = 0; ignored < 10; ++ignored) {
    config::Experiment experiment = experiment_of("mlp", 1, {});
    experiment.batch.global = 1;
    experiment.objective = config::CrossEntropyOptions{.ignore_index = ignored};
    try {
      train_steps(experiment, 1, [&] { return build_model(experiment); });
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.code(), ErrorCode::invalid);
      EXPECT_THAT(error.what(), testing::HasSubstr(": every target of its batch is ignored"));
    }
  }
  EXPECT_GT(refused, 1);
  EXPECT_LT(refused, 10);
}

TEST(Step, LossThatIsNotFiniteIsRefusedBeforeAnyParameterIsWritten) {
  const config::Experiment experiment = experiment_of("mlp", 4, {});
  const auto make = [&] {
    ModelPointer model = build_model(experiment);
    at::NoGradGuard no_grad;
    model->parameters().front().fill_(std::numeric_limits<float>::quiet_NaN());
    return model;
  };
  try {
    train_steps(experiment, 2, make);
    FAIL() << "trained on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid);
    EXPECT_THAT(error.what(), testing::StartsWith("step 1: the loss is "));
  }
}

}  // namespace
}  // namespace muster::worker
