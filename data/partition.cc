#include "data/partition.h"

#include <algorithm>

#include "common/error.h"
#include "data/permutation.h"

namespace muster::data {

namespace {

constexpr std::int64_t kLanesMax = std::int64_t{1} << 31;

/// floor(count * part / parts) without overflow: with count = q*parts + r it is q*part +
/// floor(r*part / parts), and r*part < parts^2 < 2^62.
std::int64_t share(std::int64_t count, std::int64_t part, std::int64_t parts) {
  return count / parts * part + count % parts * part / parts;
}

}  // namespace

Partition::Partition(const PartitionSpec& spec) : spec_(spec) {
  MUSTER_ASSERT(spec.samples >= 1, "a partition of no samples");
  MUSTER_ASSERT(spec.global_batch >= 1, "a partition into empty batches");
  MUSTER_ASSERT(spec.lanes >= 1 && spec.lanes < kLanesMax, "a number of lanes out of range");
}

std::int64_t Partition::steps_per_epoch() const {
  return spec_.samples / spec_.global_batch + (spec_.samples % spec_.global_batch == 0 ? 0 : 1);
}

std::int64_t Partition::samples_of_step(std::int64_t step) const {
  MUSTER_ASSERT(step >= 0, "a negative step");
  const std::int64_t begin = step % steps_per_epoch() * spec_.global_batch;
  return std::min(spec_.global_batch, spec_.samples - begin);
}

PositionRange Partition::positions(std::int64_t step, std::int64_t lane) const {
  MUSTER_ASSERT(lane >= 0 && lane < spec_.lanes, "a lane that does not exist");
  const std::int64_t count = samples_of_step(step);
  const std::int64_t begin = step % steps_per_epoch() * spec_.global_batch;
  return {.begin = begin + share(count, lane, spec_.lanes),
          .end = begin + share(count, lane + 1, spec_.lanes)};
}

std::vector<std::int64_t> Partition::samples(std::int64_t step, std::int64_t lane) const {
  const PositionRange range = positions(step, lane);
  std::vector<std::int64_t> samples;
  samples.reserve(static_cast<std::size_t>(range.size()));
  if (!spec_.shuffle) {
    for (std::int64_t p = range.begin; p < range.end; ++p) samples.push_back(p);
    return samples;
  }
  const Permutation permutation(spec_.seed, epoch_of(step), spec_.samples);
  for (std::int64_t p = range.begin; p < range.end; ++p) samples.push_back(permutation(p));
  return samples;
}

}  // namespace muster::data
