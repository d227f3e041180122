#include "common/config/lr_schedulers/cosine.h"

#include "common/config/lr_schedulers/warmup.h"

namespace muster::config {

void describe(Fields<CosineOptions>& fields) {
  fields.summary("After the warmup, half a cosine from the peak down to final_ratio of it.");
  describe_warmup(fields);
  fields
      .key("final_ratio", &CosineOptions::final_ratio,
           "Where the cosine ends, as a share of the peak.")
      .at_least(0)
      .at_most(1)
      .also_called({"min_lr", "eta_min", "final_lr"});
}

}  // namespace muster::config
