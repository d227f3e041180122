// Options of optimizer `sgd`: what torch.optim.SGD computes. Of a step's gradient g:
//
//   g <- g + weight_decay * parameter
//   buffer <- momentum * buffer + (1 - dampening) * g       (at the first step: buffer <- g)
//   g <- buffer, or g + momentum * buffer with nesterov     (without momentum: g as it is)
//   parameter <- parameter - lr * g
//
// Source: Sutskever et al., On the importance of initialization and momentum in deep learning,
// ICML 2013.
#pragma once

#include <vector>

#include "common/config/describe.h"
#include "common/config/optimizers/groups.h"

namespace muster::config {

struct SgdOptions {
  static constexpr const char* kName = "sgd";

  double lr = 0;            // Peak learning rate, before the schedule.
  double momentum = 0;      // 0: none, and no state. [0, 1).
  double dampening = 0;     // [0, 1].
  bool nesterov = false;    // Needs momentum without dampening.
  double weight_decay = 0;  // Coupled: part of the gradient.
  std::vector<ParameterGroup> groups;

  bool operator==(const SgdOptions&) const = default;
};

void describe(Fields<SgdOptions>& fields);

}  // namespace muster::config
