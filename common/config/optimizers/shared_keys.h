// The keys that every optimizer has.
#pragma once

#include "common/config/fields.h"
#include "common/config/optimizers/groups.h"

namespace muster::config {

template <class T>
void describe_lr(Fields<T>& fields, std::string example) {
  fields
      .key("lr", &T::lr,
           "Peak learning rate: lr_scheduler multiplies it by a factor from 0 to 1 at every step.")
      .required(std::move(example))
      .above(0)
      .also_called({"learning_rate"});
}

template <class T>
void describe_groups(Fields<T>& fields) {
  fields
      .key("groups", &T::groups,
           "Parameters with values of their own, by name: [{match: \"*.bias\", weight_decay: 0}]. "
           "The first group that matches a parameter counts.")
      .also_called({"param_groups", "parameter_groups", "no_decay", "freeze", "frozen"});
}

}  // namespace muster::config
