#include "data/formats/csv_number.h"

#include <charconv>
#include <cmath>
#include <system_error>

#include "data/formats/csv_cells.h"

namespace muster::data {

namespace {

/// `cell` without blanks around it and without a '+' before a digit or a point.
std::string_view bare(std::string_view cell) {
  cell = without_blanks(cell);
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') cell.remove_prefix(1);
  return cell;
}

/// The whole of `text` as a number: none, not_a_number or out_of_range.
template <class Number>
CellFault parse_whole(std::string_view text, Number& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return CellFault::not_a_number;
  return result.ec == std::errc() ? CellFault::none : CellFault::out_of_range;
}

}  // namespace

CellFault parse_float(std::string_view cell, double& value) {
  const std::string_view text = bare(cell);
  if (text.empty()) return CellFault::empty;
  const CellFault fault = parse_whole(text, value);
  if (fault != CellFault::none) return fault;
  return std::isfinite(value) ? CellFault::none : CellFault::not_finite;
}

CellFault parse_integer(std::string_view cell, std::int64_t& value) {
  const std::string_view text = bare(cell);
  if (text.empty()) return CellFault::empty;
  const CellFault fault = parse_whole(text, value);
  if (fault != CellFault::not_a_number) return fault;
  // A number of another kind, or none at all?
  double number = 0;
  const CellFault as_float = parse_float(text, number);
  const bool is_number = as_float == CellFault::none || as_float == CellFault::out_of_range;
  return is_number ? CellFault::not_an_integer : as_float;
}

}  // namespace muster::data
