// From YAML text to a Node tree, refusing what an experiment file must not hold: duplicate keys,
// anchors, aliases, merge keys, tags, several documents, deep nesting, text that is not UTF-8.
//
// yaml-cpp gives the events; its own tree (YAML::Node) is not used, because it accepts duplicate
// keys in silence and expands aliases (a few hundred bytes can stand for millions of nodes).
#pragma once

#include <optional>
#include <string>

#include "common/config/complaints.h"
#include "common/config/node.h"
#include "common/config/text_places.h"

namespace muster::config {

inline constexpr std::size_t kLargestFileBytes = 1'000'000;
inline constexpr std::size_t kDeepestNesting = 64;

/// The one document in `text`; nothing when there is none or it is no YAML. Complains about all
/// that is wrong up to the first syntax error. Never throws for bad input.
std::optional<Node> read_yaml(const std::string& text, const Origin& origin,
                              Complaints& complaints);

}  // namespace muster::config
