#include "worker/train/parameter_groups.h"

#include <algorithm>
#include <optional>

#include "common/text.h"
#include "worker/train/name_patterns.h"

namespace muster::worker {
namespace {

using Groups = std::vector<config::ParameterGroup>;
using Names = std::vector<std::vector<std::string>>;

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

/// Every pattern decides about a name.
void check_patterns(const Groups& groups, const Names& names,
                    std::vector<KeyComplaint>& complaints) {
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
        complaints.push_back({key, concat(key, ": '", pattern, "' matches no parameter"),
                              suggestion_for_pattern(pattern, all, "parameters")});
      }
    }
  }
}

/// The group of a parameter; complains when its names belong to different ones.
std::size_t group_of_parameter(const Groups& groups, const std::vector<std::string>& names,
                               std::vector<KeyComplaint>& complaints) {
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

}  // namespace muster::worker
