// Texts that stand for class numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::data {

class ClassNames {
 public:
  /// `names`, different from one another: the first is class 0.
  explicit ClassNames(std::vector<std::string> names);

  std::optional<std::int64_t> number_of(std::string_view name) const;

  /// What to say about a text that is no name: "is not one of the classes (did you mean
  /// 'setosa'?)".
  std::string complaint(std::string_view text) const;

 private:
  std::vector<std::string> names_;                             // As given.
  std::vector<std::pair<std::string, std::int64_t>> numbers_;  // By name, ascending.
};

}  // namespace muster::data
