#include "common/config/formats/csv.h"

#include "common/config/fields.h"
#include "common/text.h"

namespace muster::config {
namespace {

bool is_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

void check_field(const CsvField& field, const Check& check) {
  if (field.scale == 0) check.complain({"scale"}, "must not be 0");
  if (field.scale != 1 && !is_float(field.dtype)) {
    check.complain({"scale", "dtype"}, concat("needs a float type, not ", to_string(field.dtype)),
                   "integers are read as they are");
  }
}

void check_options(const CsvOptions& options, const Check& check) {
  if (options.scale == 0.0) check.complain({"scale"}, "must not be 0");
  if (options.fields.empty() && !options.label) {
    check.complain({"label", "fields"}, "is missing: the column of the label",
                   "'label: -1' is the last column; 'fields' names every column");
  }
}

}  // namespace

void describe(Fields<CsvField>& fields) {
  fields
      .key("columns", &CsvField::columns,
           "The columns of this field, in this order. They count from 0, negative ones from the "
           "end.")
      .required("[0, 1]")
      .items_at_least(1);
  fields.choice("dtype", &CsvField::dtype,
                {{"float32", DType::float32},
                 {"float64", DType::float64},
                 {"int64", DType::int64},
                 {"int32", DType::int32}},
                "Type of the values.");
  fields.key("scale", &CsvField::scale, "Every value is multiplied by it; float types only.");
  fields.check(check_field);
}

void describe(Fields<CsvOptions>& fields) {
  const auto short_form = [](const CsvOptions& options) { return options.fields.empty(); };
  const std::string clash = "does not go with 'fields', which describe every column";
  fields.summary("Text files with one sample a line, numbers separated by commas.");
  fields
      .key("files", &CsvOptions::files,
           "The files; in this order they are one data set. Relative paths start at the folder of "
           "the experiment file.")
      .required("[train.csv]")
      .items_at_least(1)
      .also_called({"file", "path", "paths"})
      .does_not_decide_bits();
  fields
      .key("label", &CsvOptions::label,
           "Short form: the column of the class number; all other columns are the input. Columns "
           "count from 0, negative ones from the end.")
      .fallback("needed unless fields are given")
      .also_called({"target", "label_column"})
      .only_when(short_form, clash);
  fields
      .key(
          "scale", &CsvOptions::scale,
          "Short form: every input value is multiplied by it, for example 0.0625 to bring 0..16 to "
          "0..1.")
      .fallback("1")
      .only_when(short_form, clash);
  fields.key(
      "fields", &CsvOptions::fields,
      "Long form: the named tensors of a sample and the columns they are made of, instead of "
      "label and scale.");
  fields.check(check_options);
}

}  // namespace muster::config
