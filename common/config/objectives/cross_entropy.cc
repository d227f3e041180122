#include "common/config/objectives/cross_entropy.h"

#include "common/config/fields.h"

namespace muster::config {

void describe(Fields<CrossEntropyOptions>& fields) {
  fields.summary("Softmax cross entropy of the model's outputs against class numbers.");
}

}  // namespace muster::config
