#include "worker/train/evaluation.h"

#include <ATen/core/grad_mode.h>

#include "common/lanes/summation_tree.h"
#include "common/log.h"
#include "data/loader.h"
#include "data/partition.h"
#include "worker/train/agreement.h"
#include "worker/train/arithmetic.h"
#include "worker/train/lane_accumulation.h"

namespace muster::worker {
namespace {

using Sums = std::vector<double>;  // [TallySize::sums]

/// What this rank adds up over the whole data set, in the order of its samples.
struct OwnTally {
  std::vector<Sums> sums;            // By lane.
  std::vector<std::int64_t> counts;  // Of all its lanes.
  bool is_complete = false;          // False: there was a request to stop.
};

OwnTally tally_lanes(const EvaluationParts& parts, LaneRange lanes) {
  const data::Partition partition({.samples = parts.dataset.size(),
                                   .global_batch = *parts.experiment.eval.batch,
                                   .lanes = *parts.experiment.batch.lanes,
                                   .shuffle = false});
  data::Loader loader(parts.dataset, partition,
                      {.lanes = lanes,
                       .end_step = partition.steps_per_epoch(),
                       .micro_batch = parts.experiment.batch.micro.value_or(0)});
  const TallySize size = parts.objective.tally_size();
  OwnTally tally{.sums = std::vector<Sums>(static_cast<std::size_t>(lanes.size()), Sums(size.sums)),
                 .counts = std::vector<std::int64_t>(size.counts),
                 .is_complete = false};
  for (std::int64_t step = 0; step < partition.steps_per_epoch(); ++step) {
    for (Sums& lane_sums : tally.sums) {
      for (bool last = false; !last;) {
        if (parts.reporter.stop_requested()) return tally;
        const data::LoadedBatch loaded =
            loader.next(Deadline::after(parts.experiment.comm.timeout));
        last = loaded.last_of_lane;
        if (loaded.batch.samples == 0) continue;  // A lane of a short last batch.
        const TensorBatch batch(loaded.batch, parts.arena.type());
        parts.objective.add_evaluation(parts.model.forward(batch), batch,
                                       {lane_sums, tally.counts});
        parts.reporter.progressed();
      }
    }
  }
  tally.is_complete = true;
  return tally;
}

/// The total over all lanes of all ranks, in tree order.
Sums total_of(const EvaluationParts& parts, LaneRange mine, const std::vector<Sums>& sums) {
  const std::int64_t lanes = *parts.experiment.batch.lanes;
  const auto width = static_cast<std::int64_t>(parts.objective.tally_size().sums);
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
  Sums total(static_cast<std::size_t>(width));
  parts.communicator.reduce_scatter(layout, partial_sums, total.data(), {.label = "evaluation"})
      .wait();
  return total;
}

/// Adds those of the other ranks, in place.
void add_up_counts(const EvaluationParts& parts, std::vector<std::int64_t>& counts) {
  parts.communicator
      .all_reduce({counts.data(), static_cast<std::int64_t>(counts.size()), DType::int64},
                  comm::ReduceOp::sum, {.label = "evaluation counts"})
      .wait();
}

}  // namespace

std::optional<std::map<std::string, double>> evaluate(const EvaluationParts& parts) {
  const LaneRange mine =
      parts.lanes_of_rank[static_cast<std::size_t>(parts.communicator.rank().index)];
  at::NoGradGuard no_grad;
  parts.arena.load_statistics();
  parts.model.eval();
  OwnTally tally = tally_lanes(parts, mine);
  parts.model.train();
  if (!all_agree(parts.communicator, tally.is_complete, "evaluation complete")) return {};
  Sums sums = total_of(parts, mine, tally.sums);
  add_up_counts(parts, tally.counts);
  std::map<std::string, double> metrics = parts.objective.metrics({sums, tally.counts});
  if (metrics.empty() && parts.communicator.rank().index == 0) {
    log::warning("evaluation: no target of data.eval counts (objective.ignore_index): no metrics");
  }
  return metrics;
}

}  // namespace muster::worker
