#include "common/config/lr_schedulers/step.h"

#include "common/config/lr_schedulers/warmup.h"

namespace muster::config {
namespace {

void check_options(const StepOptions& options, const Check& check) {
  if (!options.interval && options.milestones.empty()) {
    check.complain({"interval", "milestones"}, "is missing: when the learning rate falls",
                   "for example 'interval: 30ep', or 'milestones: [50%, 75%]'");
  }
  if (options.interval && options.interval->duration.amount == 0 && options.interval->share == 0) {
    check.complain({"interval"}, "must be more than 0");
  }
}

}  // namespace

void describe(Fields<StepOptions>& fields) {
  fields.summary("After the warmup the peak, multiplied by factor every interval or milestone.");
  describe_warmup(fields);
  fields
      .key("interval", &StepOptions::interval,
           "How often the learning rate is multiplied by factor, from the start of the training.")
      .fallback("needed unless milestones are given")
      .also_called({"step_size", "every"})
      .only_when([](const StepOptions& options) { return options.milestones.empty(); },
                 "does not go with 'milestones', which say when");
  fields
      .key("milestones", &StepOptions::milestones,
           "When the learning rate is multiplied by factor, from the start of the training: "
           "[30ep, 60ep] or [50%, 75%].")
      .fallback("none");
  fields.key("factor", &StepOptions::factor, "What the learning rate is multiplied by.")
      .above(0)
      .at_most(1)
      .also_called({"gamma", "decay"});
  fields.check(check_options);
}

}  // namespace muster::config
