#include "data/formats/csv_layout.h"

#include <algorithm>
#include <map>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

namespace {

using config::CsvField;
using config::CsvOptions;
using config::FieldNeed;

/// The column from the left, from 0, that `column` of field `name` means.
std::int64_t resolve_column(std::int64_t column, const std::string& name, std::int64_t column_count,
                            std::string_view where) {
  const std::int64_t resolved = column < 0 ? column + column_count : column;
  if (resolved >= 0 && resolved < column_count) return resolved;
  throw Error(ErrorCode::corrupt,
              concat(where, ": field '", name, "' asks for column ", column, ", but there are ",
                     column_count, column_count == 1 ? " column" : " columns"),
              concat("columns count from 0 to ", column_count - 1, ", or from the end from -1 to ",
                     -column_count));
}

/// The type of a field of the short form: what is needed, else `otherwise`.
DType type_of(const std::string& field, std::span<const FieldNeed> needs, DType otherwise) {
  for (const FieldNeed& need : needs) {
    if (need.name != field) continue;
    return need.kind == FieldNeed::Kind::integers ? DType::int64 : DType::float32;
  }
  return otherwise;
}

/// The fields that the short form stands for.
std::map<std::string, CsvField> expand_short_form(const CsvOptions& options,
                                                  std::span<const FieldNeed> needs,
                                                  std::int64_t column_count,
                                                  std::string_view where) {
  if (!options.label) {
    throw Error(ErrorCode::invalid, "csv data need `label` or `fields`",
                "label: -1 takes the last column as the label and all others as the input");
  }
  const std::int64_t label = resolve_column(*options.label, "label", column_count, where);
  CsvField input{.columns = {},
                 .dtype = type_of("input", needs, DType::float32),
                 .scale = options.scale.value_or(1)};
  for (std::int64_t column = 0; column < column_count; ++column) {
    if (column != label) input.columns.push_back(column);
  }
  if (input.columns.empty()) {
    throw Error(ErrorCode::corrupt, concat(where, ": there is no column beside the label's"),
                "columns are separated by commas");
  }
  return {
      {"input", input},
      {"label", {.columns = {label}, .dtype = type_of("label", needs, DType::int64), .scale = 1}}};
}

/// The range of an integer type; whatever for a float type, which does not look at it.
void set_range_of_type(CsvFieldLayout& field) {
  const bool narrow = field.spec.dtype == DType::int32;
  field.least =
      narrow ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int64_t>::min();
  field.greatest =
      narrow ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int64_t>::max();
}

CsvFieldLayout make_field(const std::string& name, const CsvField& options) {
  if (options.columns.empty()) {
    throw Error(ErrorCode::invalid, concat("field '", name, "' has no columns"));
  }
  CsvFieldLayout field;
  field.spec = {.name = name, .dtype = options.dtype};
  field.scale = options.scale;
  if (options.columns.size() > 1) {
    field.spec.shape.push_back(static_cast<std::int64_t>(options.columns.size()));
  }
  field.sample_bytes = field.spec.bytes_per_sample();
  switch (options.dtype) {
    case DType::float32:
    case DType::float64:
      return field;
    case DType::int64:
    case DType::int32:
      if (options.scale != 1) {
        throw Error(ErrorCode::invalid,
                    concat("field '", name, "' has a scale and is ", to_string(options.dtype)),
                    "only float32 and float64 can be scaled");
      }
      set_range_of_type(field);
      return field;
    case DType::bfloat16:
    case DType::uint8:
      break;
  }
  throw Error(ErrorCode::invalid, concat("field '", name, "' cannot be ", to_string(options.dtype)),
              "csv gives float32, float64, int64 and int32");
}

/// A field that is not there is told of where model and data are compared (planning).
void apply_need(const FieldNeed& need, std::vector<CsvFieldLayout>& fields) {
  for (CsvFieldLayout& field : fields) {
    if (field.spec.name != need.name) continue;
    const bool fits =
        static_cast<std::int64_t>(need.ranges.size()) <= 1 ||
        static_cast<std::int64_t>(need.ranges.size()) == field.spec.elements_per_sample();
    if (fits) field.ranges = need.ranges;
  }
}

}  // namespace

std::vector<FieldSpec> CsvLayout::specs() const {
  std::vector<FieldSpec> specs;
  for (const CsvFieldLayout& field : fields) specs.push_back(field.spec);
  return specs;
}

CsvLayout make_csv_layout(const CsvOptions& options, std::span<const config::FieldNeed> needs,
                          std::int64_t column_count, std::string_view where) {
  CsvLayout layout;
  layout.columns.resize(static_cast<std::size_t>(column_count));
  const auto fields = options.fields.empty()
                          ? expand_short_form(options, needs, column_count, where)
                          : options.fields;
  for (const auto& [name, field] : fields) {
    const std::size_t index = layout.fields.size();
    layout.fields.push_back(make_field(name, field));
    for (std::size_t element = 0; element < field.columns.size(); ++element) {
      const auto column = static_cast<std::size_t>(
          resolve_column(field.columns[element], name, column_count, where));
      layout.columns[column].push_back({.field = index, .element = element});
    }
  }
  for (const FieldNeed& need : needs) apply_need(need, layout.fields);
  return layout;
}

}  // namespace muster::data
