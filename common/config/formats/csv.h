// Options of data format `csv`: one record a line, numbers separated by commas.
//
// Columns become the named tensors of a batch either one by one (`fields`) or in the short form
// (`label`, `scale`), which stands for
//   fields: {input: {columns: every other column, dtype: float32, scale: SCALE},
//            label: {columns: [LABEL], dtype: int64}}
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/config/describe.h"
#include "common/dtype.h"

namespace muster::config {

struct CsvField {
  std::vector<std::int64_t> columns;  // Zero-based; negative ones count from the end.
  DType dtype = DType::float32;       // float32, float64, int64 or int32.
  double scale = 1;                   // Every value is multiplied by it (float types only).

  bool operator==(const CsvField&) const = default;
};

struct CsvOptions {
  static constexpr const char* kName = "csv";

  std::vector<std::filesystem::path> files;  // In this order they are one data set.
  std::map<std::string, CsvField> fields;    // Empty: the short form.
  std::optional<std::int64_t> label;         // Short form: the label's column.
  std::optional<double> scale;               // Short form: factor of the inputs. Empty: 1.

  bool operator==(const CsvOptions&) const = default;
};

void describe(Fields<CsvField>& fields);
void describe(Fields<CsvOptions>& fields);

}  // namespace muster::config
