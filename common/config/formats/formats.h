// Every data format there is. How to add one: describe.h.
#pragma once

#include <variant>

#include "common/config/formats/csv.h"
#include "common/config/formats/idx.h"
#include "common/config/formats/synthetic.h"
#include "common/config/formats/tokens.h"

namespace muster::config {

using FormatOptions = std::variant<CsvOptions, IdxOptions, TokensOptions, SyntheticOptions>;

}  // namespace muster::config
