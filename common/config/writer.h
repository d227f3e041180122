// From a Node tree to text.
#pragma once

#include <string>

#include "common/config/node.h"

namespace muster::config {

/// Sections as indented blocks, lists as [a, b]. `root` is a map.
std::string yaml_text(const Node& root);

/// On one line, as it would stand behind a key: "[1, 2]", "{name: constant, warmup: 0steps}".
std::string yaml_line(const Node& node);

/// Compact.
std::string json_text(const Node& node);

}  // namespace muster::config
