#include "data/formats/csv_layout.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "data/formats/csv_number.h"
#include "data/formats/field_needs.h"

namespace muster::data {

namespace {

using config::CsvColumn;
using config::CsvField;
using config::CsvOptions;
using config::FieldNeed;

/// The columns of a file and where they were found, for messages.
struct Columns {
  const CsvHeader& header;
  std::string_view where;

  std::size_t count() const { return header.column_count; }

  /// The column from the left, from 0, that `column` of field `field` means.
  std::size_t find(const CsvColumn& column, const std::string& field) const {
    return column.is_name() ? named(column.name(), field) : numbered(column.number(), field);
  }

 private:
  std::size_t numbered(std::int64_t column, const std::string& field) const {
    const auto all = static_cast<std::int64_t>(count());
    const std::int64_t resolved = column < 0 ? column + all : column;
    if (resolved >= 0 && resolved < all) return static_cast<std::size_t>(resolved);
    throw Error(ErrorCode::corrupt,
                concat(where, ": field '", field, "' asks for column ", column, ", but there are ",
                       all, all == 1 ? " column" : " columns"),
                concat("columns count from 0 to ", all - 1, ", or from the end from -1 to ", -all));
  }

  std::size_t named(const std::string& name, const std::string& field) const {
    const auto& names = header.names;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw Error(ErrorCode::corrupt,
                  concat(where, ": field '", field, "' asks for column ", in_quotes(name),
                         ", which the header does not have"),
                  hint_for(name));
    }
    const auto again = std::find(found + 1, names.end(), name);
    if (again != names.end()) {
      throw Error(ErrorCode::corrupt,
                  concat(where, ": columns ", found - names.begin(), " and ", again - names.begin(),
                         " are both called ", in_quotes(name)),
                  "give the column by its number");
    }
    return static_cast<std::size_t>(found - names.begin());
  }

  std::string hint_for(const std::string& name) const {
    constexpr std::size_t kListed = 20;
    const std::string near = nearest_word(name, header.names);
    if (!near.empty()) return concat("did you mean ", in_quotes(near), "?");
    const bool are_numbers =
        std::all_of(header.names.begin(), header.names.end(), [](const std::string& text) {
          double number = 0;
          return parse_float(text, number) == CellFault::none;
        });
    if (are_numbers) return "the line has no names but numbers: give the column by its number";
    std::vector<std::string> shown;
    for (const std::string& known : header.names) {
      if (shown.size() < kListed) shown.push_back(in_quotes(known));
    }
    return concat("its names are ", join(shown, ", "),
                  shown.size() < header.names.size() ? ", ..." : "");
  }
};

/// What to say about a file that seems to have one column only.
std::string delimiter_hint(const CsvOptions& options) {
  return options.delimiter == CsvOptions::Delimiter::comma
             ? "columns are separated by commas; 'delimiter: semicolon' and 'delimiter: tab' "
               "change that"
             : "is 'delimiter' right?";
}

/// The fields that the short form stands for.
std::map<std::string, CsvField> expand_short_form(const CsvOptions& options,
                                                  const Columns& columns) {
  if (!options.label) {
    throw Error(ErrorCode::invalid, "csv data need `label` or `fields`",
                "label: -1 takes the last column as the label and all others as the input");
  }
  if (columns.count() == 1) {
    throw Error(ErrorCode::corrupt,
                concat(columns.where, ": there is no column beside the label's"),
                delimiter_hint(options));
  }
  const std::size_t label = columns.find(*options.label, "label");
  CsvField input{.columns = {}, .dtype = {}, .scale = options.scale.value_or(1), .classes = {}};
  for (std::size_t column = 0; column < columns.count(); ++column) {
    if (column != label) input.columns.emplace_back(static_cast<std::int64_t>(column));
  }
  return {{"input", input},
          {"label",
           {.columns = {*options.label}, .dtype = {}, .scale = 1, .classes = options.classes}}};
}

/// The type of a field for which the options leave it open.
DType default_type(const std::string& name, const CsvField& field, bool is_short_form,
                   std::span<const FieldNeed> needs) {
  const bool is_class = field.classes || (is_short_form && name == "label");
  return type_of(needs, name, is_class ? DType::int64 : DType::float32);
}

/// The range of an integer type; whatever for a float type, which does not look at it.
void set_range_of_type(CsvFieldLayout& field) {
  const bool narrow = field.spec.dtype == DType::int32;
  field.least =
      narrow ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int64_t>::min();
  field.greatest =
      narrow ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int64_t>::max();
}

CsvFieldLayout make_field(const std::string& name, const CsvField& options, DType dtype) {
  if (options.columns.empty()) {
    throw Error(ErrorCode::invalid, concat("field '", name, "' has no columns"));
  }
  CsvFieldLayout field;
  field.spec = {.name = name, .dtype = dtype};
  field.scale = options.scale;
  if (options.classes) field.classes.emplace(*options.classes);
  if (options.columns.size() > 1) {
    field.spec.shape.push_back(static_cast<std::int64_t>(options.columns.size()));
  }
  field.sample_bytes = field.spec.bytes_per_sample();
  switch (dtype) {
    case DType::float32:
    case DType::float64:
      return field;
    case DType::int64:
    case DType::int32:
      if (options.scale != 1) {
        throw Error(ErrorCode::invalid,
                    concat("field '", name, "' has a scale and is ", to_string(dtype)),
                    "only float32 and float64 can be scaled");
      }
      set_range_of_type(field);
      return field;
    case DType::bfloat16:
    case DType::float16:
    case DType::uint8:
      break;
  }
  throw Error(ErrorCode::invalid, concat("field '", name, "' cannot be ", to_string(dtype)),
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

std::string CsvLayout::column_in_words(std::size_t column) const {
  return names.empty() ? concat("column ", column) : concat("column ", in_quotes(names[column]));
}

CsvLayout make_csv_layout(const CsvOptions& options, std::span<const FieldNeed> needs,
                          CsvHeader header, std::string_view where) {
  const bool is_short_form = options.fields.empty();
  const Columns columns{header, where};
  const auto fields = is_short_form ? expand_short_form(options, columns) : options.fields;
  CsvLayout layout;
  layout.columns.resize(header.column_count);
  for (const auto& [name, field] : fields) {
    const std::size_t index = layout.fields.size();
    const DType dtype = field.dtype.value_or(default_type(name, field, is_short_form, needs));
    layout.fields.push_back(make_field(name, field, dtype));
    for (std::size_t element = 0; element < field.columns.size(); ++element) {
      const CsvColumn& asked = field.columns[element];
      const std::size_t column = columns.find(asked, name);
      layout.columns[column].push_back({.field = index, .element = element});
      if (header.names.empty()) continue;
      layout.fields.back().column_names.push_back({header.names[column], asked.is_name()});
    }
  }
  for (const FieldNeed& need : needs) apply_need(need, layout.fields);
  layout.names = std::move(header.names);
  return layout;
}

}  // namespace muster::data
