#include "coordinator/cli/batch_advice.h"

#include <algorithm>
#include <vector>

#include "common/text.h"
#include "data/partition.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::int64_t kFarthestGlobal = 1024;  // From the present value.

bool is_cut_to_one(std::int64_t lane_samples, const std::optional<std::int64_t>& micro) {
  if (!micro || lane_samples <= *micro) {
    return lane_samples == 1;
  }
  return *micro == 1 || lane_samples % *micro == 1;
}

/// Larger ones first: fewer steps rather than more. 0: none is near.
std::int64_t better_global(const BatchCut& cut) {
  for (std::int64_t distance = 1; distance <= kFarthestGlobal; ++distance) {
    for (const std::int64_t global : {cut.global + distance, cut.global - distance}) {
      BatchCut other = cut;
      other.global = global;
      if (global >= cut.lanes && !has_pass_of_one(other)) {
        return global;
      }
    }
  }
  return 0;
}

/// The largest smaller number. 0: there is none.
std::int64_t better_lanes(const BatchCut& cut, int workers) {
  for (std::int64_t lanes = cut.lanes - 1; lanes >= std::max(workers, 1); --lanes) {
    BatchCut other = cut;
    other.lanes = lanes;
    if (!has_pass_of_one(other)) {
      return lanes;
    }
  }
  return 0;
}

}  // namespace

bool has_pass_of_one(const BatchCut& cut) {
  const data::Partition partition({.samples = cut.samples,
                                   .global_batch = cut.global,
                                   .lanes = cut.lanes,
                                   .seed = 0,
                                   .shuffle = false});
  for (const std::int64_t step : {std::int64_t{0}, partition.steps_per_epoch() - 1}) {
    for (std::int64_t lane = 0; lane < cut.lanes; ++lane) {
      if (is_cut_to_one(partition.positions(step, lane).size(), cut.micro)) {
        return true;
      }
    }
  }
  return false;
}

std::string batch_advice(const BatchCut& cut, int workers) {
  std::vector<std::string> ways;
  if (const std::int64_t global = better_global(cut); global > 0) {
    ways.push_back(concat("batch.global: ", global));
  }
  if (const std::int64_t lanes = better_lanes(cut, workers); lanes > 0) {
    ways.push_back(concat("batch.lanes: ", lanes));
  }
  return ways.empty() ? "" : join(ways, " or ") + " would be right";
}

}  // namespace muster::coordinator::cli
