// The key that every schedule has.
#pragma once

#include "common/config/fields.h"

namespace muster::config {

template <class T>
void describe_warmup(Fields<T>& fields) {
  fields
      .key("warmup", &T::warmup,
           "How long the learning rate rises in a straight line from 0 to its peak. A share is of "
           "the duration; 0steps: no warmup.")
      .also_called({"warmup_steps", "warmup_ratio", "warmup_epochs"});
}

}  // namespace muster::config
