#include "common/config/optimizers/groups.h"

#include "common/config/fields.h"

namespace muster::config {

void describe(Fields<ParameterGroup>& fields) {
  const auto is_trained = [](const ParameterGroup& group) { return !group.freeze; };
  const std::string clash = "does not go with 'freeze: true': the parameters do not change";
  fields
      .key("match", &ParameterGroup::match,
           "Which parameters: a pattern for their names, or a list of patterns. * stands for any "
           "characters, ? for one, [ab] for one of these. The first group that matches counts.")
      .required("\"*.bias\"")
      .items_at_least(1)
      .item_alone()
      .also_called({"params", "pattern", "name", "names"});
  fields.key("weight_decay", &ParameterGroup::weight_decay, "Weight decay of these parameters.")
      .fallback("optimizer.weight_decay")
      .at_least(0)
      .only_when(is_trained, clash);
  fields
      .key("lr_scale", &ParameterGroup::lr_scale,
           "The learning rate of these parameters is that of the others times this.")
      .above(0)
      .also_called({"lr", "learning_rate", "lr_mult"})
      .only_when(is_trained, clash);
  fields
      .key("freeze", &ParameterGroup::freeze,
           "These parameters keep their initial values: they need no gradient and no optimizer "
           "state. Running statistics of batch norm are no parameters and go on.")
      .also_called({"frozen"})
      .opposite_of({"requires_grad", "trainable"});
}

}  // namespace muster::config
