#include "common/config/optimizers/adamw.h"

#include "common/config/optimizers/shared_keys.h"

namespace muster::config {

void describe(Fields<AdamwOptions>& fields) {
  fields.summary("Adam with decoupled weight decay.");
  describe_lr(fields, "1e-3");
  fields
      .key("weight_decay", &AdamwOptions::weight_decay,
           "Every step shrinks every parameter by the learning rate times this. 0: no decay.")
      .at_least(0);
  fields
      .key("betas", &AdamwOptions::betas,
           "Decay of the moving averages of the gradient and of its square.")
      .items(2, "[beta1, beta2]")
      .at_least(0)
      .below(1)
      .also_called({"beta1", "beta2", "momentum"});
  fields
      .key("eps", &AdamwOptions::eps,
           "Added to the root of the second average, so that nothing is divided by zero.")
      .above(0)
      .also_called({"epsilon"});
  describe_groups(fields);
}

}  // namespace muster::config
