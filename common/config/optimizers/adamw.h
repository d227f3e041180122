// Options of optimizer `adamw`. Source: Loshchilov and Hutter, Decoupled Weight Decay
// Regularization, ICLR 2019.
#pragma once

#include <array>
#include <vector>

#include "common/config/describe.h"
#include "common/config/optimizers/groups.h"

namespace muster::config {

struct AdamwOptions {
  static constexpr const char* kName = "adamw";

  double lr = 0;  // Peak learning rate, before the schedule.
  double weight_decay = 0.01;
  std::array<double, 2> betas = {0.9, 0.999};
  double eps = 1e-8;
  std::vector<ParameterGroup> groups;

  bool operator==(const AdamwOptions&) const = default;
};

void describe(Fields<AdamwOptions>& fields);

}  // namespace muster::config
