// How a line of a csv file is cut into cells, quotes included (RFC 4180): a cell that begins with a
// quote ends with the next single one; in it two quotes stand for one, and separators and line ends
// are text. A quote elsewhere is a character like any other. For lines that have no quote at all,
// which is most, scan_cell (csv_number.h) does the same faster.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::data {

struct CsvCell {
  std::string_view text;  // Without its quotes.
  bool is_torn = false;   // Something follows the closing quote.
};

/// The cells of `record`, which has no line end behind it. `storage` holds the texts that are not
/// as they stand in the record: both must outlive the cells.
std::vector<CsvCell> split_cells(std::string_view record, char delimiter, std::string& storage);

/// Whether a record that began before `line` (inside of a quote or not) is still inside of one at
/// its end, so that the next line belongs to it.
bool ends_in_quote(std::string_view line, bool inside, char delimiter);

/// Without spaces and tabs around it.
std::string_view without_blanks(std::string_view text);

}  // namespace muster::data
