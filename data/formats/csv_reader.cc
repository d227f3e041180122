#include "data/formats/csv_reader.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/config/node.h"
#include "common/config/writer.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::data {

namespace {

char character_of(config::CsvOptions::Delimiter delimiter) {
  switch (delimiter) {
    case config::CsvOptions::Delimiter::comma:
      return ',';
    case config::CsvOptions::Delimiter::semicolon:
      return ';';
    case config::CsvOptions::Delimiter::tab:
      return '\t';
  }
  return ',';
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
      return concat(in_quotes(cell), " is not an integer, and the field is ", type);
    case CellFault::not_finite:
      return concat(in_quotes(cell), " is not a finite number");
    case CellFault::out_of_range:
      if (const config::ValueRange* range = field.range_of(element)) {
        return concat(in_quotes(cell), " is not in ", shortest(range->least), " to ",
                      shortest(range->greatest), " (", range->reason, ")");
      }
      return concat(in_quotes(cell), " is out of the range of ", type);
    case CellFault::unknown_class:
      return concat(in_quotes(cell), " ", field.classes->complaint(without_blanks(cell)));
    case CellFault::after_quote:
      return concat("text behind the quote that ends ", in_quotes(cell));
    case CellFault::none:
    case CellFault::not_a_number:
      break;
  }
  return concat(in_quotes(cell), " is not a number");
}

CellFault find_class(const ClassNames& classes, std::string_view text, std::int64_t& number) {
  const std::string_view name = without_blanks(text);
  const auto found = classes.number_of(name);
  if (found) {
    number = *found;
    return CellFault::none;
  }
  return name.empty() ? CellFault::empty : CellFault::unknown_class;
}

/// Whether the cells can be header names: all of them texts, none a number.
bool is_header(const std::vector<CsvCell>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const CsvCell& cell) {
    double number = 0;
    return parse_float(cell.text, number) == CellFault::not_a_number;
  });
}

/// As it is written in an experiment; empty for what is too long, or cannot be printed.
std::string yaml_word(std::string_view text) {
  const bool is_as_it_is = in_quotes(text) == concat("'", text, "'");
  return is_as_it_is ? config::yaml_line(config::Node::text(std::string(text))) : std::string();
}

}  // namespace

CsvReader::CsvReader(const config::CsvOptions& options, std::span<const config::FieldNeed> needs)
    : options_(options), needs_(needs), delimiter_(character_of(options.delimiter)) {}

std::string CsvReader::place(std::int64_t line) const { return concat(path_, ":", line); }

FileEntry CsvReader::read_file(const std::filesystem::path& path) {
  path_ = path.string();
  line_ = 0;
  blank_line_ = 0;
  at_first_record_ = true;
  at_header_ = options_.has_header();
  const std::int64_t records_before = records_;
  const std::int64_t bad_before = bad_records_.count();

  TextBlocks blocks(path);
  for (std::string_view lines = blocks.next(); !lines.empty(); lines = blocks.next()) {
    read_block(lines, blocks);
  }
  if (in_quote_) {
    throw Error(ErrorCode::corrupt,
                concat(place(record_line_), ": a quote that is not closed before the file's end"),
                "in a quoted text a quote is written twice: \"5\"\" wide\"");
  }
  if (at_first_record_) {
    throw Error(ErrorCode::corrupt, path_ + ": holds no records",
                options_.has_header() ? "the first line has the names, every other is a record"
                                      : "every line is a record: values separated by commas");
  }
  return blocks.file().entry(records_ - records_before, bad_records_.count() - bad_before);
}

ColumnNames CsvReader::column_names() const {
  ColumnNames names{.place = layout_place_, .fields = {}};
  if (layout_->names.empty()) return names;
  for (const CsvFieldLayout& field : layout_->fields) {
    names.fields[field.spec.name] = field.column_names;
  }
  return names;
}

void CsvReader::read_block(std::string_view lines, const TextBlocks& blocks) {
  if (layout_) make_room(lines, blocks);
  blocks_ = &blocks;
  std::size_t quote = lines.find('"');  // The first one that is not before `at`.
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    const std::string_view line = lines.substr(at, end - at);
    ++line_;
    if (!layout_) unread_lines_ = lines.substr(at);
    if (in_quote_ || quote < end) {
      read_line_with_quotes(line);
      // Once for each quote: a text with many lines has them searched once, not line by line.
      if (quote < end) quote = lines.find('"', end);
    } else {
      record_line_ = line_;
      read_line(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line, false);
    }
    at = end + 1;
  }
}

/// A line that has a quote in it, or begins inside of a quoted text.
void CsvReader::read_line_with_quotes(std::string_view line) {
  if (in_quote_) {
    quoted_record_ += '\n';
  } else {
    quoted_record_.clear();
    record_line_ = line_;
  }
  quoted_record_ += line;
  in_quote_ = ends_in_quote(line, in_quote_, delimiter_);
  if (!in_quote_) {
    if (quoted_record_.ends_with('\r')) quoted_record_.pop_back();
    read_line(quoted_record_, true);
  } else if (quoted_record_.size() > TextBlocks::kLineBytesMax) {
    throw Error(ErrorCode::corrupt, concat(place(record_line_), ": a quote that is not closed in ",
                                           human_bytes(TextBlocks::kLineBytesMax)));
  }
}

/// `line`, without its end: all lines of a record when a quoted text has line ends.
void CsvReader::read_line(std::string_view line, bool has_quotes) {
  if (is_blank(line)) {
    if (blank_line_ == 0) blank_line_ = record_line_;
    return;
  }
  if (blank_line_ != 0) {
    bad_records_.add(place(blank_line_), "a blank line between records", "remove the line");
    blank_line_ = 0;
  }
  if (at_header_) {
    read_header(line);
    return;
  }
  if (!layout_) start_layout({.column_count = cells_of(line).size(), .names = {}});
  if (has_quotes) {
    read_quoted_record(line);
  } else {
    read_record(line);
  }
  at_first_record_ = false;
}

/// A record without quotes: most of them are.
void CsvReader::read_record(std::string_view record) {
  const char* begin = record.data();
  const char* const end = begin + record.size();
  std::optional<BadCell> bad_cell;
  std::size_t column = 0;
  while (true) {
    const ScannedCell cell = scan_cell(begin, end, delimiter_);
    read_cell(column, {begin, static_cast<std::size_t>(cell.end - begin)}, cell, bad_cell);
    ++column;
    if (cell.end == end) break;
    begin = cell.end + 1;
  }
  end_record(record, column, bad_cell);
}

void CsvReader::read_quoted_record(std::string_view record) {
  const std::vector<CsvCell> cells = cells_of(record);
  std::optional<BadCell> bad_cell;
  for (std::size_t column = 0; column < cells.size(); ++column) {
    if (cells[column].is_torn && is_used(column) && !bad_cell) {
      bad_cell = BadCell{column, cells[column].text, {}, CellFault::after_quote};
    }
    read_cell(column, cells[column].text, {}, bad_cell);
  }
  end_record(record, cells.size(), bad_cell);
}

inline void CsvReader::read_cell(std::size_t column, std::string_view text, const ScannedCell& cell,
                                 std::optional<BadCell>& bad_cell) {
  if (column >= layout_->columns.size()) return;
  for (const CsvTarget& target : layout_->columns[column]) {
    const CellFault fault = store(text, cell, target);
    if (fault != CellFault::none && !bad_cell) bad_cell = BadCell{column, text, target, fault};
  }
}

inline void CsvReader::end_record(std::string_view record, std::size_t column_count,
                                  const std::optional<BadCell>& bad_cell) {
  if (column_count == layout_->columns.size() && !bad_cell) {
    ++records_;
  } else {
    report(record, column_count, bad_cell);
  }
}

void CsvReader::read_header(std::string_view line) {
  at_header_ = false;
  CsvHeader header;
  for (const CsvCell& cell : cells_of(line)) header.names.emplace_back(without_blanks(cell.text));
  header.column_count = header.names.size();
  if (!layout_) {
    start_layout(std::move(header));
  } else if (header.names != layout_->names) {
    throw Error(ErrorCode::corrupt,
                concat(place(record_line_), ": the header is not that of ", layout_place_),
                "all files of a data set have the same columns in the same order");
  }
}

void CsvReader::start_layout(CsvHeader header) {
  layout_place_ = place(record_line_);
  layout_ = make_csv_layout(options_, needs_, std::move(header), layout_place_);
  values_.resize(layout_->fields.size());
  make_room(unread_lines_, *blocks_);
}

/// For as many records as there are `lines`, and, as far as one can guess, as will follow.
void CsvReader::make_room(std::string_view lines, const TextBlocks& blocks) {
  // Many line ends, in a quoted text or of a damaged file, are not many records: one has a byte for
  // each column at least. Two may have begun, or may be bad, all the same.
  const auto line_ends = static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  const std::size_t line_count = std::min(line_ends, lines.size() / layout_->columns.size() + 2);
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

/// Writes the value of a cell to its place in the record that is being read.
CellFault CsvReader::store(std::string_view text, const ScannedCell& cell,
                           const CsvTarget& target) {
  const CsvFieldLayout& field = layout_->fields[target.field];
  std::byte* const place =
      values_[target.field].data() + static_cast<std::size_t>(records_) * field.sample_bytes;

  const config::ValueRange* const range = field.range_of(target.element);
  if (field.spec.dtype == DType::int64 || field.spec.dtype == DType::int32) {
    std::int64_t integer = cell.digits;
    const CellFault fault = cell.is_digits && !field.classes ? CellFault::none
                            : field.classes ? find_class(*field.classes, text, integer)
                                            : parse_integer(text, integer);
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
  if (field.classes) {
    std::int64_t integer = 0;
    const CellFault fault = find_class(*field.classes, text, integer);
    if (fault != CellFault::none) return fault;
    number = static_cast<double>(integer);
  } else if (!cell.is_digits) {
    const CellFault fault = parse_float(text, number);
    if (fault != CellFault::none) return fault;
  }
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

/// Says why `record` is none. A wrong number of columns goes first: it shifts the others.
void CsvReader::report(std::string_view record, std::size_t column_count,
                       const std::optional<BadCell>& bad_cell) {
  if (at_first_record_) {
    std::string storage;  // Not unquoted_, where the bad cell's text may be.
    const std::vector<CsvCell> cells = split_cells(record, delimiter_, storage);
    if (is_header(cells)) refuse_header(record, cells.back().text);
  }
  if (column_count != layout_->columns.size()) {
    bad_records_.add(place(record_line_),
                     concat(column_count, column_count == 1 ? " column" : " columns", ", but ",
                            layout_place_, " has ", layout_->columns.size()),
                     "every line needs the same number of values");
    return;
  }
  const CsvFieldLayout& field = layout_->fields[bad_cell->target.field];
  const bool is_of_field = bad_cell->fault != CellFault::after_quote;
  bad_records_.add(
      place(record_line_),
      concat(layout_->column_in_words(bad_cell->column),
             is_of_field ? concat(" (", field.spec.name, ")") : "", ": ",
             describe(bad_cell->fault, bad_cell->text, field, bad_cell->target.element)));
  note_text_label(*bad_cell);
}

/// A file with header names that the experiment does not know of.
void CsvReader::refuse_header(std::string_view record, std::string_view last_name) const {
  const std::string label = yaml_word(without_blanks(last_name));
  throw Error(ErrorCode::corrupt,
              concat(place(record_line_), ": ", in_quotes(record), " is not a line of numbers"),
              concat("if it has the names of the columns, write 'header: true'",
                     label.empty() ? "" : concat(", or name the label: 'label: ", label, "'")));
}

/// Where numbers were expected and words are found, the words are what `classes` needs.
void CsvReader::note_text_label(const BadCell& bad_cell) {
  constexpr std::size_t kShown = 20;
  const CsvFieldLayout& field = layout_->fields[bad_cell.target.field];
  if (bad_cell.fault != CellFault::not_a_number || field.spec.name != "label") return;
  const std::string word = yaml_word(without_blanks(bad_cell.text));
  if (text_labels_.contains(word)) return;
  if (word.empty() || text_labels_.size() >= kShown) {
    if (more_text_labels_) return;
    more_text_labels_ = true;
  } else {
    text_labels_.insert(word);
  }
  bad_records_.set_hint(
      concat("labels that are texts need their names, in the order of their numbers: classes: [",
             join({text_labels_.begin(), text_labels_.end()}, ", "), "]",
             more_text_labels_ ? " and others, which are not shown" : ""));
}

}  // namespace muster::data
