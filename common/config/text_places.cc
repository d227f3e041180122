#include "common/config/text_places.h"

#include <algorithm>

#include "common/config/utf8.h"

namespace muster::config {

TextPlaces::TextPlaces(std::string_view text, const Origin& origin) : text_(text), origin_(origin) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') line_starts_.push_back(at + 1);
  }
}

Place TextPlaces::at(const Position& position) const {
  const auto before = static_cast<int>(characters_before(start_of(position.line), position.column));
  if (origin_.override_number == 0) {
    return {
        .in_override = false, .line = static_cast<int>(position.line) + 1, .column = before + 1};
  }
  return {.in_override = true,
          .line = origin_.override_number,
          .column = origin_.first_column + before};
}

Place TextPlaces::at_byte(std::size_t byte) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte);
  const auto line = static_cast<std::size_t>(next - line_starts_.begin()) - 1;
  return at({line, byte - line_starts_[line]});
}

Place TextPlaces::whole() const {
  return {
      .in_override = origin_.override_number != 0, .line = origin_.override_number, .column = 0};
}

std::string_view TextPlaces::text_from(const Position& position) const {
  return text_.substr(std::min(start_of(position.line) + position.column, text_.size()));
}

std::optional<Place> TextPlaces::tab_in_indentation(std::size_t line) const {
  const std::string_view text = text_from({line, 0});
  const std::size_t indentation = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t tab = text.substr(0, indentation).find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  return at({line, tab});
}

std::size_t TextPlaces::start_of(std::size_t line) const {
  return line < line_starts_.size() ? line_starts_[line] : text_.size();
}

std::size_t TextPlaces::characters_before(std::size_t start, std::size_t bytes) const {
  bytes = std::min(bytes, text_.size() - start);
  if (start != known_start_ || bytes < known_bytes_) {
    known_start_ = start;
    known_bytes_ = 0;
    known_characters_ = 0;
  }
  known_characters_ += characters(text_.substr(start + known_bytes_, bytes - known_bytes_));
  known_bytes_ = bytes;
  return known_characters_;
}

}  // namespace muster::config
