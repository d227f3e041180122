#include "worker/train/name_patterns.h"

#include <fnmatch.h>

#include <algorithm>

#include "common/text.h"

namespace muster::worker {
namespace {

constexpr std::size_t kNamesInHint = 6;

}  // namespace

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

bool matches_any(const std::string& pattern, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return matches(pattern, name); });
}

std::string suggestion_for_pattern(const std::string& pattern,
                                   const std::vector<std::string>& names, const std::string& what) {
  std::vector<std::string> parts_of_names;
  for (const std::string& name : names) {
    for (std::string& part : split(name, '.')) parts_of_names.push_back(std::move(part));
  }
  std::vector<std::string> parts = split(pattern, '.');
  for (std::string& part : parts) {
    if (part.find_first_of("*?[") != std::string::npos) continue;
    const std::string near = nearest_word(part, parts_of_names);
    if (!near.empty()) part = near;
  }
  const std::string near = join(parts, ".");
  if (near != pattern && matches_any(near, names)) return concat("did you mean '", near, "'?");
  std::vector<std::string> first(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamesInHint)));
  if (first.size() < names.size()) first.emplace_back("...");
  return concat("the ", what, " are ", join(first, ", "));
}

}  // namespace muster::worker
