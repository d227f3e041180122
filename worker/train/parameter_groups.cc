#include "worker/train/parameter_groups.h"

#include <fnmatch.h>

#include <algorithm>
#include <optional>

#include "common/text.h"

namespace muster::worker {
namespace {

using Groups = std::vector<config::ParameterGroup>;
using Names = std::vector<std::vector<std::string>>;

constexpr std::size_t kNamesInHint = 6;

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

std::string key_of(std::size_t group) { return concat("optimizer.groups[", group, "]"); }

/// Index of the group that `name` belongs to.
std::optional<std::size_t> group_of_name(const Groups& groups, const std::string& name) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::string& pattern : groups[g].match) {
      if (matches(pattern, name)) return g;
    }
  }
  return std::nullopt;
}

std::vector<std::string> all_of(const Names& names) {
  std::vector<std::string> all;
  for (const auto& of_parameter : names) {
    all.insert(all.end(), of_parameter.begin(), of_parameter.end());
  }
  return all;
}

bool matches_any(const std::string& pattern, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return matches(pattern, name); });
}

/// The pattern with each part between dots replaced by the nearest part of any name; else which
/// names there are.
std::string suggestion(const std::string& pattern, const std::vector<std::string>& names) {
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
  return concat("the parameters are ", join(first, ", "));
}

/// Every pattern decides about a name.
void check_patterns(const Groups& groups, const Names& names,
                    std::vector<GroupComplaint>& complaints) {
  const std::vector<std::string> all = all_of(names);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t m = 0; m < groups[g].match.size(); ++m) {
      const std::string& pattern = groups[g].match[m];
      const auto decides = [&](const std::string& name) {
        return matches(pattern, name) && group_of_name(groups, name) == g;
      };
      if (std::any_of(all.begin(), all.end(), decides)) continue;
      const std::string key = concat(key_of(g), ".match[", m, "]");
      if (matches_any(pattern, all)) {
        complaints.push_back(
            {key,
             concat(key, " decides nothing: '", pattern, "' only matches parameters of ",
                    "earlier groups"),
             "the first group that matches counts: put the narrower pattern first"});
      } else {
        complaints.push_back(
            {key, concat(key, ": '", pattern, "' matches no parameter"), suggestion(pattern, all)});
      }
    }
  }
}

/// The group of a parameter; complains when its names belong to different ones.
std::size_t group_of_parameter(const Groups& groups, const std::vector<std::string>& names,
                               std::vector<GroupComplaint>& complaints) {
  std::optional<std::size_t> group;
  std::string by;
  for (const std::string& name : names) {
    const std::optional<std::size_t> other = group_of_name(groups, name);
    if (!other || other == group) continue;
    if (group) {
      complaints.push_back(
          {key_of(*other),
           concat(key_of(*other), " matches '", name, "', which is the same parameter as '", by,
                  "' of ", key_of(*group)),
           "a tied parameter can belong to one group only"});
      break;
    }
    group = other;
    by = name;
  }
  return group ? *group + 1 : 0;
}

}  // namespace

Grouping group_parameters(const Groups& groups, const Names& names) {
  Grouping grouping;
  check_patterns(groups, names, grouping.complaints);
  bool is_trained = names.empty();
  for (const auto& of_parameter : names) {
    const std::size_t group = group_of_parameter(groups, of_parameter, grouping.complaints);
    grouping.group_of.push_back(group);
    is_trained = is_trained || group == 0 || !groups[group - 1].freeze;
  }
  if (!is_trained && grouping.complaints.empty()) {
    grouping.complaints.push_back(
        {"optimizer.groups", "optimizer.groups freezes every parameter: there is nothing to train",
         "leave a parameter out of the groups with freeze: true"});
  }
  return grouping;
}

std::vector<config::Diagnostic> diagnostics_of(const std::vector<GroupComplaint>& complaints,
                                               const config::LoadResult& loaded) {
  std::vector<config::Diagnostic> diagnostics;
  for (const GroupComplaint& complaint : complaints) {
    diagnostics.push_back(loaded.complaint(complaint.key, complaint.message, complaint.hint));
  }
  return diagnostics;
}

}  // namespace muster::worker
