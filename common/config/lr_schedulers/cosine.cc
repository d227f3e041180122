#include "common/config/lr_schedulers/cosine.h"

#include "common/config/lr_schedulers/final_ratio.h"
#include "common/config/lr_schedulers/warmup.h"

namespace muster::config {

void describe(Fields<CosineOptions>& fields) {
  fields.summary("After the warmup, half a cosine from the peak down to final_ratio of it.");
  describe_warmup(fields);
  describe_final_ratio(fields);
}

}  // namespace muster::config
