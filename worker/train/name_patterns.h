// Patterns for the names of tensors, as of fnmatch(3): '*' and '?' match dots too.
#pragma once

#include <string>
#include <vector>

namespace muster::worker {

bool matches(const std::string& pattern, const std::string& name);

bool matches_any(const std::string& pattern, const std::vector<std::string>& names);

/// What a pattern that matches none of `names` was meant to be: each of its parts between dots
/// replaced by the nearest part of any name ("did you mean '*.bias'?"); else which names there are.
/// `what` they are names of: "parameters".
std::string suggestion_for_pattern(const std::string& pattern,
                                   const std::vector<std::string>& names, const std::string& what);

}  // namespace muster::worker
