// `key=value` arguments: "optimizer.lr=1e-3", "data.train.files[0]=a.csv", "model.channels=[32]".
//
// An override sets the node of its key in the tree, before the schema looks at it: types, ranges
// and unknown keys are complained about as in the file. It replaces the whole value, a section too.
// A key that is given twice is an error, not a quiet choice of one of the two; a part of what an
// earlier one has set ("model={...}", then "model.classes=3") may be set again.
#pragma once

#include <string>
#include <vector>

#include "common/config/complaints.h"
#include "common/config/node.h"

namespace muster::config {

/// Applies them in order to `root`, a map.
void apply_overrides(const std::vector<std::string>& overrides, Node& root, Complaints& complaints);

}  // namespace muster::config
