#include "common/config/optimizers/sgd.h"

#include "common/config/optimizers/shared_keys.h"

namespace muster::config {
namespace {

void check_momentum(const SgdOptions& options, const Check& check) {
  if (options.momentum == 0 && options.nesterov) {
    check.complain({"nesterov", "momentum"}, "needs momentum above 0", "for example momentum: 0.9");
  } else if (options.momentum == 0 && options.dampening != 0) {
    check.complain({"dampening", "momentum"}, "needs momentum above 0: it dampens nothing else");
  } else if (options.nesterov && options.dampening != 0) {
    check.complain({"nesterov", "dampening"}, "needs dampening 0");
  }
}

}  // namespace

void describe(Fields<SgdOptions>& fields) {
  fields.summary("Stochastic gradient descent, with momentum if wanted; as torch.optim.SGD.");
  describe_lr(fields, "0.1");
  fields
      .key("momentum", &SgdOptions::momentum,
           "How much of the last update's direction is kept. 0: only the present gradient counts.")
      .at_least(0)
      .below(1)
      .also_called({"beta", "betas"});
  fields
      .key("dampening", &SgdOptions::dampening,
           "How much of the present gradient is left out of the direction.")
      .at_least(0)
      .at_most(1);
  fields.key("nesterov", &SgdOptions::nesterov,
             "Nesterov's momentum: looks one step ahead. Needs momentum, without dampening.");
  fields
      .key("weight_decay", &SgdOptions::weight_decay,
           "This times the parameter is added to its gradient (an L2 penalty). 0: no decay.")
      .at_least(0)
      .also_called({"l2", "wd"});
  describe_groups(fields);
  fields.check(check_momentum);
}

}  // namespace muster::config
