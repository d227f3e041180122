#include "common/config/lr_schedulers/constant.h"

#include "common/config/lr_schedulers/warmup.h"

namespace muster::config {

void describe(Fields<ConstantOptions>& fields) {
  fields.summary("The peak learning rate from the end of the warmup on.");
  describe_warmup(fields);
}

}  // namespace muster::config
