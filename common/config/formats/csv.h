// Options of data format `csv`: one record a line, values separated by commas.
//
// Columns become the named tensors of a batch either one by one (`fields`) or in the short form
// (`label`, `scale`, `classes`), which stands for
//   fields: {input: {columns: every other column, scale: SCALE},
//            label: {columns: [LABEL], classes: CLASSES}}
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/config/describe.h"
#include "common/config/formats/bad_record_policy.h"
#include "common/dtype.h"

namespace muster::config {

/// A column as the experiment names it: by its place or by its header name, which is not empty.
class CsvColumn {
 public:
  // Not explicit: in code too a column is written as a number or a name.
  CsvColumn(std::int64_t number = 0) : number_(number) {}
  CsvColumn(int number) : number_(number) {}  // 0 would be a null pointer too.
  CsvColumn(std::string name) : name_(std::move(name)) {}
  CsvColumn(const char* name) : name_(name) {}

  bool is_name() const { return !name_.empty(); }
  /// From 0; negative ones count from the end. Of a column that is not named.
  std::int64_t number() const { return number_; }
  const std::string& name() const { return name_; }

  bool operator==(const CsvColumn&) const = default;

 private:
  std::int64_t number_ = 0;
  std::string name_;
};

struct CsvField {
  std::vector<CsvColumn> columns;
  std::optional<DType> dtype =
      {};            // float32, float64, int64 or int32. Empty: what the training reads.
  double scale = 1;  // Every value is multiplied by it (float types only).
  std::optional<std::vector<std::string>> classes = {};  // Texts that stand for 0, 1, 2, ...

  bool operator==(const CsvField&) const = default;
};

struct CsvOptions {
  static constexpr const char* kName = "csv";
  enum class Delimiter { comma, semicolon, tab };

  std::vector<std::filesystem::path> files;         // In this order they are one data set.
  std::map<std::string, CsvField> fields;           // Empty: the short form.
  std::optional<CsvColumn> label;                   // Short form: the label's column.
  std::optional<double> scale;                      // Short form: factor of the inputs. Empty: 1.
  std::optional<std::vector<std::string>> classes;  // Short form: of the label.
  std::optional<bool> header;  // The first line has names. Empty: when a column is named.
  Delimiter delimiter = Delimiter::comma;
  BadRecordPolicy bad_records;

  /// The first line of every file has names.
  bool has_header() const;
  /// The first column that is named, for messages; empty for none.
  std::string first_name() const;

  bool operator==(const CsvOptions&) const = default;
};

void describe(Fields<CsvField>& fields);
void describe(Fields<CsvOptions>& fields);

}  // namespace muster::config
