// Which parameter belongs to which parameter group: pure, on names alone, so that a wrong pattern
// is found before anything is made.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/config/optimizers/groups.h"
#include "worker/train/key_complaint.h"

namespace muster::worker {

struct Grouping {
  /// By parameter: 0 without a group, else 1 + the index of its group. Meaningful without
  /// complaints.
  std::vector<std::size_t> group_of;
  std::vector<KeyComplaint> complaints;
};

/// `names`: of each parameter all its names (a tied one has several, which must not belong to
/// different groups). Every pattern must decide about a name, and something must be left to train.
Grouping group_parameters(const std::vector<config::ParameterGroup>& groups,
                          const std::vector<std::vector<std::string>>& names);

}  // namespace muster::worker
