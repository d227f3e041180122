#include "common/config/models/limits.h"

#include "common/text.h"

namespace muster::config {

void check_input_size(const std::vector<std::int64_t>& input, const Check& check) {
  std::int64_t elements = 1;
  for (const std::int64_t size : input) {
    if (size < 1) return;  // Complained about by its range.
    if (size > kLargestInput / elements) {
      check.complain({"input"}, concat("must have at most ", kLargestInput, " elements"));
      return;
    }
    elements *= size;
  }
}

}  // namespace muster::config
