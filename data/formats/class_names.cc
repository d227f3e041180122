#include "data/formats/class_names.h"

#include <algorithm>

#include "common/text.h"

namespace muster::data {

ClassNames::ClassNames(std::vector<std::string> names) : names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    numbers_.emplace_back(names_[i], static_cast<std::int64_t>(i));
  }
  std::sort(numbers_.begin(), numbers_.end());
}

std::optional<std::int64_t> ClassNames::number_of(std::string_view name) const {
  const auto found = std::lower_bound(
      numbers_.begin(), numbers_.end(), name,
      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (found == numbers_.end() || found->first != name) return std::nullopt;
  return found->second;
}

std::string ClassNames::complaint(std::string_view text) const {
  constexpr std::size_t kListed = 10;
  const std::string near = nearest_word(text, names_);
  if (!near.empty()) return concat("is not one of the classes (did you mean '", near, "'?)");
  if (names_.size() > kListed) return concat("is not one of the ", names_.size(), " classes");
  return concat("is not one of the classes ", join(names_, ", "));
}

}  // namespace muster::data
