// The reference of the experiment file (docs/config.md), from the same schema that parses it.
#pragma once

#include <string>

namespace muster::config {

/// Markdown: how values are written, then every section with a table of its keys.
std::string experiment_reference();

}  // namespace muster::config
