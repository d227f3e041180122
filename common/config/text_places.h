// From positions in a text (bytes from 0, as parsers count) to places (characters from 1, as people
// do).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/config/place.h"

namespace muster::config {

/// Where the text comes from. An override: its number, and the column at which its value starts.
struct Origin {
  int override_number = 0;  // 0: the file.
  int first_column = 1;
};

/// A byte of a text, both from 0.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;
};

/// Keeps a view of the text. One thread at a time.
class TextPlaces {
 public:
  TextPlaces(std::string_view text, const Origin& origin);

  /// Positions behind the end of the text are at its end.
  Place at(const Position& position) const;
  Place at_byte(std::size_t byte) const;
  /// The text as a whole.
  Place whole() const;

  /// What stands from `position` on.
  std::string_view text_from(const Position& position) const;
  /// The place of a tab in the indentation of that line.
  std::optional<Place> tab_in_indentation(std::size_t line) const;

 private:
  std::size_t start_of(std::size_t line) const;
  std::size_t characters_before(std::size_t start, std::size_t bytes) const;

  std::string_view text_;
  Origin origin_;
  std::vector<std::size_t> line_starts_ = {0};
  // The last answer of characters_before: a line may be as long as the file and have as many
  // places, so that counting each time from its beginning would take minutes.
  mutable std::size_t known_start_ = 0;
  mutable std::size_t known_bytes_ = 0;
  mutable std::size_t known_characters_ = 0;
};

}  // namespace muster::config
