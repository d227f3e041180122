#include "data/formats/csv_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

namespace {

/// The first cell of `line`, which is cut off it together with its comma.
std::string_view take_cell(std::string_view& line) {
  const std::size_t comma = line.find(',');
  const std::string_view cell = line.substr(0, comma);
  line.remove_prefix(comma == std::string_view::npos ? line.size() : comma + 1);
  return cell;
}

std::int64_t count_columns(std::string_view line) {
  return 1 + std::count(line.begin(), line.end(), ',');
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

template <class Number>
void put(std::byte* place, std::size_t element, Number number) {
  std::memcpy(place + element * sizeof(Number), &number, sizeof(Number));
}

std::string describe(CellFault fault, std::string_view cell, const CsvFieldLayout& field,
                     std::size_t element) {
  const std::string_view type = to_string(field.spec.dtype);
  switch (fault) {
    case CellFault::empty:
      return "no value";
    case CellFault::not_an_integer:
      return concat(quoted(cell), " is not an integer, and the field is ", type);
    case CellFault::not_finite:
      return concat(quoted(cell), " is not a finite number");
    case CellFault::out_of_range:
      if (const config::ValueRange* range = field.range_of(element)) {
        return concat(quoted(cell), " is not in ", shortest(range->least), " to ",
                      shortest(range->greatest), " (", range->reason, ")");
      }
      return concat(quoted(cell), " is out of the range of ", type);
    case CellFault::none:
    case CellFault::not_a_number:
      break;
  }
  return concat(quoted(cell), " is not a number");
}

}  // namespace

FileEntry CsvReader::read_file(const std::filesystem::path& path) {
  path_ = path.string();
  line_ = 0;
  blank_line_ = 0;
  at_first_record_ = true;
  const std::int64_t records_before = records_;

  TextBlocks blocks(path);
  for (std::string_view lines = blocks.next(); !lines.empty(); lines = blocks.next()) {
    read_block(lines, blocks);
  }
  if (at_first_record_) {
    throw Error(ErrorCode::corrupt, path_ + ": holds no records",
                "every line is a record: numbers separated by commas");
  }
  return {.path = std::filesystem::absolute(path).lexically_normal().string(),
          .bytes = blocks.bytes(),
          .records = records_ - records_before,
          .xxh3 = blocks.xxh3()};
}

void CsvReader::read_block(std::string_view lines, const TextBlocks& blocks) {
  if (layout_) make_room(lines, blocks);
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++line_;
    if (!layout_ && !is_blank(line)) {
      start_layout(line);
      make_room(lines, blocks);
    }
    read_line(line);
    lines.remove_prefix(end + 1);
  }
}

/// `line` without its end.
void CsvReader::read_line(std::string_view line) {
  if (is_blank(line)) {
    if (blank_line_ == 0) blank_line_ = line_;
    return;
  }
  if (blank_line_ != 0) {
    bad_records_.add(path_, blank_line_, "a blank line between records", "remove the line");
    blank_line_ = 0;
  }
  read_record(line);
  at_first_record_ = false;
}

void CsvReader::read_record(std::string_view line) {
  const std::size_t column_count = layout_->columns.size();
  const char* begin = line.data();
  const char* const end = begin + line.size();
  std::optional<BadCell> bad_cell;
  std::size_t column = 0;
  while (true) {
    const ScannedCell cell = scan_cell(begin, end);
    const std::string_view text(begin, static_cast<std::size_t>(cell.end - begin));
    if (column < column_count) {
      for (const CsvTarget& target : layout_->columns[column]) {
        const CellFault fault = store(text, cell, target);
        if (fault != CellFault::none && !bad_cell) bad_cell = BadCell{column, text, target, fault};
      }
    }
    ++column;
    if (cell.end == end) break;
    begin = cell.end + 1;
  }
  if (column == column_count && !bad_cell) {
    ++records_;
  } else {
    report(line, bad_cell);
  }
}

void CsvReader::start_layout(std::string_view line) {
  layout_place_ = concat(path_, ":", line_);
  layout_ = make_csv_layout(options_, needs_, count_columns(line), layout_place_);
  values_.resize(layout_->fields.size());
}

/// For as many records as there are `lines`, and, as far as one can guess, as will follow.
void CsvReader::make_room(std::string_view lines, const TextBlocks& blocks) {
  const auto line_count = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  const std::size_t records = static_cast<std::size_t>(records_) + line_count;
  const double lines_to_come = static_cast<double>(line_count) *
                               static_cast<double>(blocks.file_bytes() - blocks.bytes()) /
                               static_cast<double>(lines.size());
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const std::size_t sample_bytes = layout_->fields[i].sample_bytes;
    if (values_[i].capacity() < records * sample_bytes && lines_to_come > 0) {
      values_[i].reserve((records + static_cast<std::size_t>(1.05 * lines_to_come)) * sample_bytes);
    }
    values_[i].resize(records * sample_bytes);
  }
}

/// Writes the number in `cell` to its place in the record that is being read.
CellFault CsvReader::store(std::string_view text, const ScannedCell& cell,
                           const CsvTarget& target) {
  const CsvFieldLayout& field = layout_->fields[target.field];
  std::byte* const place =
      values_[target.field].data() + static_cast<std::size_t>(records_) * field.sample_bytes;

  const config::ValueRange* const range = field.range_of(target.element);
  if (field.spec.dtype == DType::int64 || field.spec.dtype == DType::int32) {
    std::int64_t integer = cell.digits;
    const CellFault fault = cell.is_digits ? CellFault::none : parse_integer(text, integer);
    if (fault != CellFault::none) return fault;
    if (integer < field.least || integer > field.greatest) return CellFault::out_of_range;
    if (range && !range->holds(static_cast<double>(integer))) return CellFault::out_of_range;
    if (field.spec.dtype == DType::int64) {
      put(place, target.element, integer);
    } else {
      put(place, target.element, static_cast<std::int32_t>(integer));
    }
    return CellFault::none;
  }

  auto number = static_cast<double>(cell.digits);
  const CellFault fault = cell.is_digits ? CellFault::none : parse_float(text, number);
  if (fault != CellFault::none) return fault;
  number *= field.scale;
  if (range && !range->holds(number)) return CellFault::out_of_range;
  if (field.spec.dtype == DType::float64) {
    put(place, target.element, number);
    return std::isfinite(number) ? CellFault::none : CellFault::out_of_range;
  }
  const auto rounded = static_cast<float>(number);
  put(place, target.element, rounded);
  return std::isfinite(rounded) ? CellFault::none : CellFault::out_of_range;
}

/// Says why `line` is not a record. A wrong number of columns goes first: it shifts the others.
void CsvReader::report(std::string_view line, const std::optional<BadCell>& bad_cell) {
  if (at_first_record_ && is_header(line)) {
    throw Error(ErrorCode::corrupt,
                concat(path_, ":", line_, ": ", quoted(line),
                       " is not a line of numbers; header names are not supported yet"),
                "remove the line");
  }
  const std::int64_t count = count_columns(line);
  if (static_cast<std::size_t>(count) != layout_->columns.size()) {
    bad_records_.add(path_, line_,
                     concat(count, count == 1 ? " column" : " columns", ", but ", layout_place_,
                            " has ", layout_->columns.size()),
                     "every line needs the same number of values, separated by commas");
    return;
  }
  const CsvFieldLayout& field = layout_->fields[bad_cell->target.field];
  bad_records_.add(
      path_, line_,
      concat("column ", bad_cell->column + 1, " (", field.spec.name,
             "): ", describe(bad_cell->fault, bad_cell->text, field, bad_cell->target.element)),
      "");
}

/// Whether no cell of `line` is a number.
bool CsvReader::is_header(std::string_view line) const {
  while (!line.empty()) {
    double number = 0;
    const CellFault fault = parse_float(take_cell(line), number);
    if (fault != CellFault::not_a_number) return false;
  }
  return true;
}

}  // namespace muster::data
