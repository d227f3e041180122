// Data format csv: one record a line, values separated by commas; the values of all files in
// memory.
//
// Accepted: LF and CRLF, a last line without its end, blank lines after the last record, a UTF-8
// byte order mark, spaces and tabs around a value, a leading '+', quoted texts (csv_cells.h), a
// first line with names, semicolons or tabs instead of commas. Columns that no field uses may hold
// any text whose quotes are closed. Refused, as bad records: anything else that is not a finite
// number in the range of its field, or one of its classes; blank lines between records; another
// number of columns than the first line has.
//
// Numbers are read in double precision, multiplied by the field's scale in double precision, and
// rounded to the field's type once. Lines count from 1, as in an editor; columns are called as the
// experiment calls them, by name or from 0.
#pragma once

#include <memory>
#include <span>

#include "common/config/formats/csv.h"
#include "data/dataset.h"

namespace muster::data {

/// See open_dataset. A field of one column has shape [], one of several columns [columns]. Throws
/// Error{corrupt} for what is wrong with a file, Error{invalid} for options that fit no file.
std::unique_ptr<Dataset> open_csv(const config::CsvOptions& options,
                                  std::span<const config::FieldNeed> needs,
                                  const Manifest* expected);

}  // namespace muster::data
