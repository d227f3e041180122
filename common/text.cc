#include "common/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "common/error.h"

namespace muster {
namespace {

/// printf with a fixed number of decimals.
std::string with_decimals(double value, int decimals) {
  std::array<char, 400> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return std::string(text.data(), static_cast<std::size_t>(length));
}

/// Edits that turn one word into the other: insert, delete, replace, swap two neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_rows_up(b.size() + 1);
  std::vector<std::size_t> row_up(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_rows_up.swap(row_up);
    row_up.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = row_up[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({row_up[j] + 1, row[j - 1] + 1, replace});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_rows_up[j - 2] + 1);
    }
  }
  return row[b.size()];
}

bool is_near(std::string_view misspelt, std::string_view word, std::size_t distance) {
  if (!misspelt.empty() && (word.starts_with(misspelt) || misspelt.starts_with(word))) return true;
  return 3 * distance <= std::max(misspelt.size(), word.size());
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";  // to_chars would print the sign of a NaN.
  std::array<char, 64> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  MUSTER_ASSERT(result.ec == std::errc(), "a double has at most 24 characters");
  return std::string(text.data(), result.ptr);
}

std::string with_thousands(long long value) {
  std::string text = std::to_string(value);
  const std::size_t first_digit = value < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first_digit + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string human_bytes(double bytes) {
  constexpr std::array kUnits = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t unit = 0;
  // 999.95 would be printed as "1000.0".
  while (std::abs(bytes) >= (unit == 0 ? 999.5 : 999.95) && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return concat(with_decimals(bytes, unit == 0 ? 0 : 1), " ", kUnits[unit]);
}

std::string human_seconds(double seconds) {
  if (!std::isfinite(seconds)) return shortest(seconds) + "s";
  if (seconds < 0) return concat("-", human_seconds(-seconds));
  if (seconds < 9.995) return with_decimals(seconds, 2) + "s";
  if (seconds < 59.95) return with_decimals(seconds, 1) + "s";
  const auto whole = static_cast<long long>(std::min(std::round(seconds), 1e15));
  const auto two_digits = [](long long value) { return concat(value < 10 ? "0" : "", value); };
  if (whole < 3600) return concat(whole / 60, "m ", two_digits(whole % 60), "s");
  return concat(whole / 3600, "h ", two_digits(whole / 60 % 60), "m");
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += separator;
    text += parts[i];
  }
  return text;
}

std::string shell_quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=/.,:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string nearest_word(std::string_view misspelt, const std::vector<std::string>& words) {
  // Words of an experiment are short; a longer text is no misspelling, and the distance is
  // quadratic.
  constexpr std::size_t kLongestWord = 64;
  if (misspelt.size() > kLongestWord) return {};
  std::string nearest;
  std::size_t least = 0;
  for (const std::string& word : words) {
    if (word.empty() || word.size() > kLongestWord) continue;
    const std::size_t distance = edit_distance(misspelt, word);
    if (!is_near(misspelt, word, distance)) continue;
    if (nearest.empty() || distance < least) {
      nearest = word;
      least = distance;
    }
  }
  return nearest;
}

}  // namespace muster
