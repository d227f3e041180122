// Every data format there is. How to add one: describe.h.
#pragma once

#include <variant>

#include "common/config/formats/csv.h"

namespace muster::config {

using FormatOptions = std::variant<CsvOptions>;

}  // namespace muster::config
