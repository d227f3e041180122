#include "common/config/objectives/float_targets.h"

namespace muster::config {

std::vector<FieldNeed> float_targets(const ModelOutput& output, std::optional<ValueRange> range) {
  FieldNeed need{"label", FieldNeed::Kind::floats, output.positions, output.positions_key};
  if (output.width != 1) {
    need.shape.push_back(output.width);
    need.shape_key = output.width_key;
  }
  if (need.shape.empty()) need.shape_key = "objective.name";
  if (range) need.ranges = {*range};
  return {need};
}

}  // namespace muster::config
