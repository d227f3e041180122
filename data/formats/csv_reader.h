// Turns the lines of csv files into values, field by field, and says what is wrong with the others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/formats/csv.h"
#include "data/dataset.h"
#include "data/formats/bad_records.h"
#include "data/formats/csv_layout.h"
#include "data/formats/csv_number.h"
#include "data/formats/text_blocks.h"

namespace muster::data {

class CsvReader {
 public:
  /// `options` and `needs` must outlive the reader.
  CsvReader(const config::CsvOptions& options, std::span<const config::FieldNeed> needs)
      : options_(options), needs_(needs) {}

  /// Appends the records of a file. Throws Error{corrupt} where nothing can be read (no such file,
  /// no records, header names); wrong lines are collected in bad_records() and left out.
  FileEntry read_file(const std::filesystem::path& path);

  const BadRecords& bad_records() const { return bad_records_; }

  std::int64_t records() const { return records_; }

  /// After the first file.
  std::vector<FieldSpec> fields() const { return layout_->specs(); }

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
  void read_line(std::string_view line);
  void read_record(std::string_view line);
  void start_layout(std::string_view line);
  void make_room(std::string_view lines, const TextBlocks& blocks);
  CellFault store(std::string_view text, const ScannedCell& cell, const CsvTarget& target);
  void report(std::string_view line, const std::optional<BadCell>& bad_cell);
  bool is_header(std::string_view line) const;

  const config::CsvOptions& options_;
  const std::span<const config::FieldNeed> needs_;
  BadRecords bad_records_;
  std::optional<CsvLayout> layout_;  // From the first record of the first file.
  std::string layout_place_;         // "path:line" of that record.
  std::vector<std::vector<std::byte>> values_;
  std::int64_t records_ = 0;

  // Of the file that is being read.
  std::string path_;
  std::int64_t line_ = 0;        // The current one, from 1.
  std::int64_t blank_line_ = 0;  // The first of the blank lines just before it; 0: none.
  bool at_first_record_ = true;
};

}  // namespace muster::data
