// Which column of a csv file becomes which element of which field, once the number of columns is
// known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/formats/csv.h"
#include "data/column_names.h"
#include "data/dataset.h"
#include "data/formats/class_names.h"

namespace muster::data {

/// A field and what its values must be.
struct CsvFieldLayout {
  FieldSpec spec;
  double scale = 1;        // Of float types.
  std::int64_t least = 0;  // Of integer types: the type's range.
  std::int64_t greatest = 0;
  std::vector<config::ValueRange> ranges;  // Of good values; see FieldNeed::ranges.
  std::optional<ClassNames> classes;       // The columns hold these texts.
  std::vector<ColumnName> column_names;    // Of its elements; none without a header.
  std::size_t sample_bytes = 0;

  /// The range of element `element`; null when every value of the type is good.
  const config::ValueRange* range_of(std::size_t element) const {
    if (ranges.empty()) return nullptr;
    return &ranges[ranges.size() == 1 ? 0 : element];
  }
};

/// Where a column's value goes.
struct CsvTarget {
  std::size_t field = 0;    // Index into CsvLayout::fields.
  std::size_t element = 0;  // Of the field's sample.
};

struct CsvLayout {
  std::vector<CsvFieldLayout> fields;           // By name, ascending.
  std::vector<std::vector<CsvTarget>> columns;  // Per column of the file; empty: not used.
  std::vector<std::string> names;               // Of the columns; none without a header.

  /// As the experiment may call it: "column 'width'", or "column 3", from 0.
  std::string column_in_words(std::size_t column) const;

  std::vector<FieldSpec> specs() const;
};

/// The columns of a file.
struct CsvHeader {
  std::size_t column_count = 0;    // At least 1.
  std::vector<std::string> names;  // As many, or none.
};

/// The layout of a file. `where` ("path:line") begins the messages. Throws Error{corrupt} when the
/// file has not the columns asked for, Error{invalid} when the options fit no file.
CsvLayout make_csv_layout(const config::CsvOptions& options,
                          std::span<const config::FieldNeed> needs, CsvHeader header,
                          std::string_view where);

}  // namespace muster::data
