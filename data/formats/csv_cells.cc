#include "data/formats/csv_cells.h"

namespace muster::data {
namespace {

constexpr char kQuote = '"';

/// The cell after the opening quote at the beginning of `rest`, which is cut off it.
CsvCell take_quoted(std::string_view& rest, char delimiter, std::string& storage) {
  rest.remove_prefix(1);
  const std::size_t begin = storage.size();
  while (!rest.empty()) {
    const std::size_t quote = rest.find(kQuote);
    storage += rest.substr(0, quote);
    if (quote == std::string_view::npos) {
      rest = {};
      break;
    }
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with(kQuote)) break;
    storage += kQuote;
    rest.remove_prefix(1);
  }
  const std::size_t end = rest.find(delimiter);
  const std::string_view behind = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  return {.text = std::string_view(storage).substr(begin),
          .is_torn = !without_blanks(behind).empty()};
}

}  // namespace

std::vector<CsvCell> split_cells(std::string_view record, char delimiter, std::string& storage) {
  std::vector<CsvCell> cells;
  storage.clear();
  storage.reserve(record.size());  // Never moves: the cells point into it.
  for (;;) {
    if (record.starts_with(kQuote)) {
      cells.push_back(take_quoted(record, delimiter, storage));
    } else {
      const std::size_t end = record.find(delimiter);
      cells.push_back({.text = record.substr(0, end)});
      record.remove_prefix(end == std::string_view::npos ? record.size() : end);
    }
    if (record.empty()) return cells;
    record.remove_prefix(1);
  }
}

bool ends_in_quote(std::string_view line, bool inside, char delimiter) {
  bool at_start = !inside;  // Of a cell.
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (inside) {
      if (line[i] != kQuote) continue;
      if (i + 1 < line.size() && line[i + 1] == kQuote) {
        ++i;
      } else {
        inside = false;
      }
    } else if (line[i] == kQuote && at_start) {
      inside = true;
      at_start = false;
    } else {
      at_start = line[i] == delimiter;
    }
  }
  return inside;
}

std::string_view without_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace muster::data
