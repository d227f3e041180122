#include "worker/train/step.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

#include "common/error.h"
#include "common/log.h"
#include "common/text.h"
#include "worker/train/agreement.h"
#include "worker/train/arithmetic.h"
#include "worker/train/common_failure.h"
#include "worker/train/lane_accumulation.h"
#include "worker/train/lane_seed.h"

namespace muster::worker {
namespace {

// torch's default; the running statistics' share of a new batch.
constexpr double kBatchNormMomentum = 0.1;

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - start_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  Clock::time_point start_ = Clock::now();
};

void refuse_no_targets(std::int64_t step, double targets) {
  if (targets > 0) return;
  throw CommonFailure(
      ErrorCode::invalid,
      concat("step ", step + 1, ": every target of its batch is ignored, so it has no loss"),
      "make batch.global larger, or leave out samples whose targets are all "
      "objective.ignore_index");
}

/// Calls `body` with a value of the arena's element type.
template <class Body>
void with_type(at::ScalarType type, const Body& body) {
  type == at::kFloat ? body(float{}) : body(double{});
}

/// By rank: the part that it owns of `elements` made of blocks, in blocks or (grain) elements.
std::vector<comm::ElementRange> shards_of_ranks(const ArenaLayout& layout,
                                                const comm::NodeLayout& nodes, std::int64_t grain) {
  std::vector<comm::ElementRange> shards;
  for (const std::vector<int>& ranks : nodes.ranks_of_node) {
    const int local_ranks = static_cast<int>(ranks.size());
    for (int local_rank = 0; local_rank < local_ranks; ++local_rank) {
      const comm::ElementRange blocks = layout.shard_blocks(local_rank, local_ranks);
      shards.push_back({blocks.begin * grain, blocks.end * grain});
    }
  }
  return shards;
}

/// What of each parameter group lies in `shard`, with the values of the group.
UpdateRanges update_ranges(const ArenaLayout& layout, comm::ElementRange shard,
                           const config::OptimizerOptions& optimizer) {
  const std::vector<config::ParameterGroup>& groups = parameter_groups(optimizer);
  UpdateRanges ranges;
  for (const auto& [index, elements] : layout.groups()) {
    const std::int64_t begin = std::max(elements.begin, shard.begin);
    const std::int64_t end = std::min(elements.end, shard.end);
    if (begin >= end) continue;
    const config::ParameterGroup group = index == 0 ? config::ParameterGroup{} : groups[index - 1];
    ranges.push_back({.begin = begin - shard.begin,
                      .count = end - begin,
                      .lr_scale = group.lr_scale,
                      .weight_decay = group.weight_decay.value_or(weight_decay(optimizer))});
  }
  return ranges;
}

/// What of the optimizer's state belongs to a shard.
OptimizerState state_of(const Arena& arena, std::int64_t begin, std::int64_t count) {
  OptimizerState state;
  for (const auto& [name, whole] : arena.states()) {
    // A shard of statistics alone begins behind the parameters.
    state.push_back(whole.narrow(0, std::min(begin, whole.numel()), count));
  }
  return state;
}

}  // namespace

StepResult Step::run(std::int64_t step, data::Loader& loader, const Wishes& wishes) {
  const auto start = Clock::now();
  const double waited_before = loader.seconds_waited();
  comm_seconds_ = 0;

  const std::vector<int> buffers = compute_lanes(step, loader);  // forward, backward, local sums
  add_wishes(sums_[static_cast<std::size_t>(buffers.front())], wishes);
  const Sums sums = agree(buffers);  // loss, counts, wishes: the same on every rank
  refuse_no_targets(step, sums[kTargets]);
  reduce(buffers);  // the total gradient of this rank's shard
  at::NoGradGuard no_grad;
  const double grad_norm = normalise(sums[kTargets]);
  const double loss = sums[kLoss] / sums[kTargets];
  const double lr = parts_.schedule.at(step);
  const bool is_finite = std::isfinite(loss) && std::isfinite(grad_norm);
  if (is_finite) {
    update(grad_norm, lr);  // clip, optimizer, running statistics
    skipped_in_a_row_ = 0;
  } else {
    refuse_or_skip(step, loss, grad_norm);  // no parameter is written
  }
  publish();  // every rank sees every shard

  return {.loss = loss,
          .grad_norm = grad_norm,
          .lr = lr,
          .samples = static_cast<std::int64_t>(sums[kSamples]),
          .stop = sums[kStop] > 0,
          .wishes = {.snapshot = sums[kSnapshot] > 0, .checkpoint = sums[kCheckpoint] > 0},
          .skipped = !is_finite,
          .seconds = std::chrono::duration<double>(Clock::now() - start).count(),
          .data_seconds = loader.seconds_waited() - waited_before,
          .comm_seconds = comm_seconds_};
}

std::vector<int> Step::compute_lanes(std::int64_t step, data::Loader& loader) {
  const std::int64_t lanes = *parts_.experiment.batch.lanes;
  bad_lane_ = lanes;
  const LaneOperations operations{
      .compute = [&](std::int64_t lane, int buffer) { compute_lane(step, lane, buffer, loader); },
      .add =
          [&](int to, int from) {
            at::Tensor sum = parts_.arena.gradients(to);
            const at::Tensor& part = parts_.arena.gradients(from);
            with_type(parts_.arena.type(), [&](auto type) {
              using T = decltype(type);
              add(sum.mutable_data_ptr<T>(), part.const_data_ptr<T>(), sum.numel());
            });
            Sums& to_sums = sums_[static_cast<std::size_t>(to)];
            const Sums& from_sums = sums_[static_cast<std::size_t>(from)];
            for (std::size_t i = 0; i < kSums; ++i) to_sums[i] += from_sums[i];
          },
  };
  return accumulate_lanes(lanes_, lanes, operations);
}

/// To one of this rank's sums: any positive total means that somebody wishes it.
void Step::add_wishes(Sums& sums, const Wishes& wishes) const {
  if (parts_.reporter.stop_requested()) sums[kStop] += 1;
  if (wishes.snapshot) sums[kSnapshot] += 1;
  if (wishes.checkpoint) sums[kCheckpoint] += 1;
}

void Step::compute_lane(std::int64_t step, std::int64_t lane, int buffer, data::Loader& loader) {
  const config::Experiment& experiment = parts_.experiment;
  Sums sums{};
  sink_.begin_lane(buffer);
  at::manual_seed(
      lane_seed(static_cast<std::uint64_t>(experiment.seed), step, lane, *experiment.batch.lanes));
  for (bool last = false; !last;) {
    const data::LoadedBatch loaded = loader.next(Deadline::after(experiment.comm.timeout));
    MUSTER_ASSERT(loaded.step == step && loaded.lane == lane, "the loader is at another lane");
    last = loaded.last_of_lane;
    if (parts_.ledger != nullptr) parts_.ledger->add(loaded);
    if (loaded.batch.samples == 0) continue;  // A lane of a short last batch.

    const TensorBatch batch(loaded.batch, parts_.arena.type());
    const at::Tensor loss = parts_.objective.loss_sum(parts_.model.forward(batch), batch);
    // It does not when what this micro batch uses is all frozen.
    if (loss.requires_grad()) loss.backward();
    sink_.add_statistics(static_cast<double>(batch.samples()) /
                         static_cast<double>(parts_.partition.samples_of_step(step)));
    sums[kLoss] += loss.item<double>();
    sums[kTargets] += static_cast<double>(parts_.objective.targets(batch));
    sums[kSamples] += static_cast<double>(batch.samples());
    parts_.reporter.progressed();
  }
  sink_.end_lane();
  if (!std::isfinite(sums[kLoss])) bad_lane_ = std::min(bad_lane_, lane);
  sums_[static_cast<std::size_t>(buffer)] = sums;
}

Step::Sums Step::agree(const std::vector<int>& buffers) {
  std::vector<const void*> sums;
  for (const int buffer : buffers) sums.push_back(sums_[static_cast<std::size_t>(buffer)].data());
  Sums total{};
  const Stopwatch watch(comm_seconds_);
  parts_.communicator.reduce_scatter(sums_layout_, sums, total.data(), {.label = "step sums"})
      .wait();
  return total;
}

void Step::reduce(const std::vector<int>& buffers) {
  std::vector<const void*> gradients;
  for (const int buffer : buffers) gradients.push_back(parts_.arena.gradients(buffer).data_ptr());
  const Stopwatch watch(comm_seconds_);
  parts_.communicator
      .reduce_scatter(gradient_layout_, gradients, shard_gradients_.data_ptr(),
                      {.label = "gradients"})
      .wait();
  parts_.reporter.progressed();
}

double Step::normalise(double targets) {
  auto* norms = reinterpret_cast<double*>(block_norms_->mine().data());
  with_type(parts_.arena.type(), [&](auto type) {
    using T = decltype(type);
    T* gradients = shard_gradients_.mutable_data_ptr<T>();
    for (std::int64_t offset = 0; offset < shard_parameters_; offset += kBlockElements) {
      norms[(shard_.begin + offset) / kBlockElements] =
          divide_and_sum_squares(gradients + offset, kBlockElements, static_cast<T>(targets));
    }
  });
  {
    const Stopwatch watch(comm_seconds_);
    parts_.communicator
        .all_gather({norms, parts_.arena.layout().blocks(), DType::float64}, blocks_,
                    {.label = "gradient norms"})
        .wait();
  }
  double squares = 0;
  for (std::int64_t b = 0; b < parts_.arena.layout().parameter_blocks(); ++b) squares += norms[b];
  return std::sqrt(squares);
}

/// Loss and norm are the same on every rank, so all of them throw, or none.
void Step::refuse_or_skip(std::int64_t step, double loss, double grad_norm) {
  const config::Gradient& policy = parts_.experiment.gradient;
  const std::string what = concat("step ", step + 1, ": the loss is ", loss, ", the gradient norm ",
                                  grad_norm, "; ", suspects(step));
  if (policy.on_not_finite == config::OnNotFinite::stop) {
    throw CommonFailure(
        ErrorCode::invalid, what,
        "lower optimizer.lr, set gradient.clip_norm, look for extreme values in those "
        "samples, or let such steps change nothing with gradient.on_not_finite: skip");
  }
  if (++skipped_in_a_row_ > policy.skip_at_most) {
    throw CommonFailure(ErrorCode::invalid,
                        concat(what, "; the ", skipped_in_a_row_, ". such step in a row"),
                        "gradient.skip_at_most allows no more");
  }
  if (parts_.communicator.rank().index == 0) log::warning(what + "; it changes nothing");
  optimizer_->set_updates(step + 1);  // As if it had: a restart counts steps.
}

/// The first lane whose loss is not finite, and its samples. Collective.
std::string Step::suspects(std::int64_t step) {
  constexpr std::size_t kShown = 16;
  const std::int64_t lanes = *parts_.experiment.batch.lanes;
  const std::int64_t lane = least(parts_.communicator, bad_lane_, "lane that is not finite");
  if (lane == lanes) return "every lane's loss is finite, the gradient is not";
  const std::vector<std::int64_t> samples = parts_.partition.samples(step, lane);
  std::vector<std::string> shown;
  for (const std::int64_t sample : samples) {
    if (shown.size() == kShown) break;
    shown.push_back(std::to_string(sample));
  }
  std::string text = concat("first in lane ", lane, ", samples ", join(shown, ", "));
  if (samples.size() > kShown) text += concat(" and ", samples.size() - kShown, " more");
  return text;
}

void Step::update(double grad_norm, double lr) {
  const at::Tensor shard = parts_.arena.values().narrow(0, shard_.begin, shard_.size());
  const std::int64_t statistics = shard_.size() - shard_parameters_;
  with_type(parts_.arena.type(), [&](auto type) {
    using T = decltype(type);
    T* gradients = shard_gradients_.mutable_data_ptr<T>();
    if (parts_.experiment.gradient.clip_norm) {
      // As torch.nn.utils.clip_grad_norm_.
      const double factor = *parts_.experiment.gradient.clip_norm / (grad_norm + 1e-6);
      if (factor < 1) multiply(gradients, shard_parameters_, static_cast<T>(factor));
    }
    move_average(shard.mutable_data_ptr<T>() + shard_parameters_, gradients + shard_parameters_,
                 statistics, kBatchNormMomentum);
  });
  optimizer_->update(shard.narrow(0, 0, shard_parameters_),
                     shard_gradients_.narrow(0, 0, shard_parameters_), lr);
}

void Step::publish() {
  const at::Tensor& values = parts_.arena.values();
  const Stopwatch watch(comm_seconds_);
  parts_.communicator
      .all_gather({values.data_ptr(), values.numel(), dtype_of(values.scalar_type())}, shards_,
                  {.label = "parameters"})
      .wait();
  parts_.reporter.progressed();
}

Step::Step(const StepParts& parts)
    : parts_(parts),
      lanes_(parts.lanes_of_rank[static_cast<std::size_t>(parts.communicator.rank().index)]),
      sink_(parts.arena),
      sums_(static_cast<std::size_t>(parts.arena.gradient_buffers())),
      shards_(shards_of_ranks(parts.arena.layout(), parts.communicator.nodes(), kBlockElements)),
      blocks_(shards_of_ranks(parts.arena.layout(), parts.communicator.nodes(), 1)),
      shard_(shards_[static_cast<std::size_t>(parts.communicator.rank().index)]),
      shard_parameters_(std::clamp<std::int64_t>(
          parts.arena.layout().parameter_elements() - shard_.begin, 0, shard_.size())),
      sums_layout_(*parts.experiment.batch.lanes, parts.lanes_of_rank, kSums, DType::float64,
                   std::vector<comm::ElementRange>(parts.lanes_of_rank.size(), {0, kSums})),
      gradient_layout_(*parts.experiment.batch.lanes, parts.lanes_of_rank,
                       parts.arena.layout().total_elements(), dtype_of(parts.arena.type()),
                       shards_),
      shard_gradients_(at::empty({shard_.size()}, parts.arena.type())),
      block_norms_(parts.communicator.allocate_shared(
          static_cast<std::size_t>(parts.arena.layout().blocks()) * sizeof(double),
          comm::Sharing::one_per_node)),
      optimizer_(
          make_optimizer(parts.experiment.optimizer,
                         update_ranges(parts.arena.layout(), shard_, parts.experiment.optimizer),
                         state_of(parts.arena, shard_.begin, shard_parameters_))) {}

}  // namespace muster::worker
