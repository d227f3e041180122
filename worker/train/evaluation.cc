#include "worker/train/evaluation.h"

#include <ATen/core/grad_mode.h>

#include "common/lanes/summation_tree.h"
#include "data/loader.h"
#include "data/partition.h"
#include "worker/train/arithmetic.h"
#include "worker/train/lane_accumulation.h"

namespace muster::worker {
namespace {

using Sums = std::vector<double>;  // [Objective::evaluation_sums()]

/// The sums of each of this rank's lanes, over the whole data set in the order of its samples.
std::vector<Sums> sums_of_lanes(const EvaluationParts& parts, LaneRange lanes) {
  const data::Partition partition({.samples = parts.dataset.size(),
                                   .global_batch = *parts.experiment.eval.batch,
                                   .lanes = *parts.experiment.batch.lanes,
                                   .shuffle = false});
  data::Loader loader(parts.dataset, partition,
                      {.lanes = lanes,
                       .end_step = partition.steps_per_epoch(),
                       .micro_batch = parts.experiment.batch.micro.value_or(0)});
  std::vector<Sums> sums(static_cast<std::size_t>(lanes.size()),
                         Sums(parts.objective.evaluation_sums()));
  for (std::int64_t step = 0; step < partition.steps_per_epoch(); ++step) {
    for (Sums& lane_sums : sums) {
      for (bool last = false; !last;) {
        const data::LoadedBatch loaded =
            loader.next(Deadline::after(parts.experiment.comm.timeout));
        last = loaded.last_of_lane;
        if (loaded.batch.samples == 0) continue;  // A lane of a short last batch.
        const TensorBatch batch(loaded.batch, parts.arena.type());
        parts.objective.add_evaluation(parts.model.forward(batch), batch, lane_sums);
        parts.reporter.progressed();
      }
    }
  }
  return sums;
}

/// The total over all lanes of all ranks, in tree order.
Sums total_of(const EvaluationParts& parts, LaneRange mine, const std::vector<Sums>& sums) {
  const std::int64_t lanes = *parts.experiment.batch.lanes;
  const auto width = static_cast<std::int64_t>(parts.objective.evaluation_sums());
  std::vector<Sums> buffers(static_cast<std::size_t>(buffers_needed(mine, lanes)));
  const auto buffer = [&](int index) -> Sums& { return buffers[static_cast<std::size_t>(index)]; };
  std::vector<const void*> partial_sums;
  for (const int index : accumulate_lanes(
           mine, lanes,
           {.compute =
                [&](std::int64_t lane, int to) {
                  buffer(to) = sums[static_cast<std::size_t>(lane - mine.begin)];
                },
           .add = [&](int to, int from) { add(buffer(to).data(), buffer(from).data(), width); }})) {
    partial_sums.push_back(buffer(index).data());
  }
  const comm::ReduceLayout layout(
      lanes, parts.lanes_of_rank, width, DType::float64,
      std::vector<comm::ElementRange>(parts.lanes_of_rank.size(), {0, width}));
  Sums total(parts.objective.evaluation_sums());
  parts.communicator.reduce_scatter(layout, partial_sums, total.data(), {.label = "evaluation"})
      .wait();
  return total;
}

}  // namespace

std::map<std::string, double> evaluate(const EvaluationParts& parts) {
  const LaneRange mine =
      parts.lanes_of_rank[static_cast<std::size_t>(parts.communicator.rank().index)];
  at::NoGradGuard no_grad;
  parts.arena.load_statistics();
  parts.model.eval();
  const std::vector<Sums> sums = sums_of_lanes(parts, mine);
  parts.model.train();
  return parts.objective.metrics(total_of(parts, mine, sums));
}

}  // namespace muster::worker
