// The text of a cell as a number. Pure functions; independent of the locale.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace muster::data {

enum class CellFault {
  none,
  empty,
  not_a_number,
  not_an_integer,
  not_finite,
  out_of_range,
  unknown_class,
  after_quote,  // Something follows the closing quote.
};

/// `cell` as the nearest double. Spaces and tabs around it, and a leading '+', are allowed.
CellFault parse_float(std::string_view cell, double& value);

/// `cell` as an integer, written without a point and an exponent.
CellFault parse_integer(std::string_view cell, std::int64_t& value);

/// The cell at the beginning of some text, as far as it can be told quickly.
struct ScannedCell {
  const char* end = nullptr;  // The delimiter behind it, or the end of the text.
  bool is_digits = false;     // A few digits and nothing else, as most cells of most files are,
  std::int64_t digits = 0;    // with this value, which is exact in a double too.
};

/// `begin` < `end`, or an empty cell.
inline ScannedCell scan_cell(const char* begin, const char* end, char delimiter) {
  if (std::endian::native == std::endian::little && end - begin >= 8) {
    // Eight characters at once, without branches that depend on how many digits there are: those
    // are mispredicted half of the time and cost more than all the rest.
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, begin, 8);
    bytes ^= 0x3030303030303030;  // Digits are 0 to 9 now, all others more.
    const std::uint64_t others = (bytes | (bytes + 0x7676767676767676)) & 0x8080808080808080;
    const int count = std::countr_zero(others) / 8;  // Of digits before the first other character.
    if (count >= 1 && count <= 7 && begin[count] == delimiter) {
      std::uint64_t digits = bytes << (64 - 8 * count);  // Drops the others; zeros in front.
      digits = (digits * (10 * 0x100 + 1) >> 8) & 0x00ff00ff00ff00ff;
      digits = (digits * (100 * 0x10000 + 1) >> 16) & 0x0000ffff0000ffff;
      digits = digits * (10000 * 0x100000000 + 1) >> 32;
      return {.end = begin + count, .is_digits = true, .digits = static_cast<std::int64_t>(digits)};
    }
  }
  const auto* found = static_cast<const char*>(
      std::memchr(begin, delimiter, static_cast<std::size_t>(end - begin)));
  return {.end = found == nullptr ? end : found};
}

}  // namespace muster::data
