#include "common/config/lr_schedulers/linear.h"

#include "common/config/lr_schedulers/final_ratio.h"
#include "common/config/lr_schedulers/warmup.h"

namespace muster::config {

void describe(Fields<LinearOptions>& fields) {
  fields.summary("After the warmup, a straight line from the peak down to final_ratio of it.");
  describe_warmup(fields);
  describe_final_ratio(fields);
}

}  // namespace muster::config
