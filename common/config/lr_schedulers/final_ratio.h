// The key of the schedules that end somewhere. They would be there one step after the last: the
// last step still trains with a little more.
#pragma once

#include "common/config/fields.h"

namespace muster::config {

template <class T>
void describe_final_ratio(Fields<T>& fields) {
  fields
      .key("final_ratio", &T::final_ratio, "Where the learning rate ends, as a share of the peak.")
      .at_least(0)
      .at_most(1)
      .also_called({"min_lr", "eta_min", "final_lr", "end_factor"});
}

}  // namespace muster::config
