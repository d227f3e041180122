// Turns the lines of csv files into values, field by field, and says what is wrong with the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/formats/csv.h"
#include "data/dataset.h"
#include "data/formats/bad_records.h"
#include "data/formats/csv_cells.h"
#include "data/formats/csv_layout.h"
#include "data/formats/csv_number.h"
#include "data/formats/text_blocks.h"

namespace muster::data {

class CsvReader {
 public:
  /// `options` and `needs` must outlive the reader.
  CsvReader(const config::CsvOptions& options, std::span<const config::FieldNeed> needs);

  /// Appends the records of a file. Throws Error{corrupt} where nothing can be read (no such file,
  /// no records, not the header that is asked for, a quote that is not closed); wrong records are
  /// collected in bad_records() and left out.
  FileEntry read_file(const std::filesystem::path& path);

  BadRecords& bad_records() { return bad_records_; }

  std::int64_t records() const { return records_; }

  /// After the first file.
  std::vector<FieldSpec> fields() const { return layout_->specs(); }

  /// What the first file calls them. After it.
  ColumnNames column_names() const;

  /// Per field: [records, spec.shape...], row-major, perhaps followed by unused bytes. Once.
  std::vector<std::vector<std::byte>> take_values() { return std::move(values_); }

 private:
  /// What is wrong with a cell, and the target it was read for.
  struct BadCell {
    std::size_t column = 0;
    std::string_view text;
    CsvTarget target;
    CellFault fault = CellFault::none;
  };

  void read_block(std::string_view lines, const TextBlocks& blocks);
  void read_line_with_quotes(std::string_view line);
  void read_line(std::string_view line, bool has_quotes);
  void read_record(std::string_view record);
  void read_quoted_record(std::string_view record);
  void read_cell(std::size_t column, std::string_view text, const ScannedCell& cell,
                 std::optional<BadCell>& bad_cell);
  void end_record(std::string_view record, std::size_t column_count,
                  const std::optional<BadCell>& bad_cell);
  void read_header(std::string_view line);
  void start_layout(CsvHeader header);
  void make_room(std::string_view lines, const TextBlocks& blocks);
  bool is_used(std::size_t column) const {
    return column < layout_->columns.size() && !layout_->columns[column].empty();
  }
  CellFault store(std::string_view text, const ScannedCell& cell, const CsvTarget& target);
  void report(std::string_view record, std::size_t column_count,
              const std::optional<BadCell>& bad_cell);
  [[noreturn]] void refuse_header(std::string_view record, std::string_view last_name) const;
  void note_text_label(const BadCell& bad_cell);
  std::vector<CsvCell> cells_of(std::string_view record) {
    return split_cells(record, delimiter_, unquoted_);
  }
  std::string place(std::int64_t line) const;

  const config::CsvOptions& options_;
  const std::span<const config::FieldNeed> needs_;
  const char delimiter_;
  BadRecords bad_records_;
  std::optional<CsvLayout> layout_;  // From the first record, or header, of the first file.
  std::string layout_place_;         // "path:line" of that.
  std::vector<std::vector<std::byte>> values_;
  std::int64_t records_ = 0;
  std::set<std::string> text_labels_;  // Some texts found where class numbers were expected.
  bool more_text_labels_ = false;      // Others are not among them.

  // Of the file that is being read.
  std::string path_;
  std::int64_t line_ = 0;        // The current one, from 1.
  std::int64_t blank_line_ = 0;  // The first of the blank lines just before it; 0: none.
  bool at_first_record_ = true;
  bool at_header_ = false;        // It is still to come.
  std::int64_t record_line_ = 0;  // Where the current record began.
  bool in_quote_ = false;         // The current record goes on after the line.
  std::string quoted_record_;     // Its lines so far.
  std::string unquoted_;          // Storage of cells_of().

  // Until there is a layout: what room is to be made for.
  const TextBlocks* blocks_ = nullptr;
  std::string_view unread_lines_;
};

}  // namespace muster::data
