#include "common/config/formats/csv.h"

#include <algorithm>
#include <set>

#include "common/config/fields.h"
#include "common/config/formats/shared_keys.h"
#include "common/text.h"

namespace muster::config {

/// A whole number is a place, any other word a name; in quotes a number is a name too.
template <>
struct Codec<CsvColumn> {
  static Type type() { return Codec<std::string>::type(); }
  static void read(const At& at, CsvColumn& column) {
    const bool is_number =
        at.node.kind == Node::Kind::plain && !at.node.scalar.empty() &&
        std::all_of(at.node.scalar.begin() + (at.node.scalar.front() == '-' ? 1 : 0),
                    at.node.scalar.end(), [](char c) { return '0' <= c && c <= '9'; });
    if (is_number) {
      std::int64_t number = 0;
      Codec<std::int64_t>::read(at, number);
      column = number;
    } else if (at.node.is_scalar() && at.node.scalar.empty()) {
      at.complain("must be a column's number or header name, got no text");
    } else {
      std::string name;
      Codec<std::string>::read(at, name);
      column = name;
    }
  }
  static Node write(const CsvColumn& column, const Type&, Form) {
    return column.is_name() ? Node::text(column.name())
                            : Node::plain(std::to_string(column.number()));
  }
};

namespace {

bool is_float(DType dtype) { return dtype == DType::float32 || dtype == DType::float64; }

void check_classes(const std::optional<std::vector<std::string>>& classes, const Check& check) {
  if (!classes) return;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < classes->size(); ++i) {
    if (seen.insert((*classes)[i]).second) continue;
    check.complain({concat("classes[", i, "]")}, concat("is '", (*classes)[i], "' a second time"),
                   "every class has one number");
  }
}

void check_field(const CsvField& field, const Check& check) {
  if (field.scale == 0) check.complain({"scale"}, "must not be 0");
  if (field.scale != 1 && field.dtype && !is_float(*field.dtype)) {
    check.complain({"scale", "dtype"}, concat("needs a float type, not ", to_string(*field.dtype)),
                   "integers are read as they are");
  }
  if (field.classes && field.scale != 1) {
    check.complain({"scale", "classes"}, "does not go with classes, which are whole numbers");
  }
  check_classes(field.classes, check);
}

void check_options(const CsvOptions& options, const Check& check) {
  if (options.scale == 0.0) check.complain({"scale"}, "must not be 0");
  if (options.fields.empty() && !options.label) {
    check.complain({"label", "fields"}, "is missing: the column of the label",
                   "'label: -1' is the last column; 'fields' names every column");
  }
  if (options.header == false && !options.first_name().empty()) {
    check.complain({"header", "label", "fields"},
                   concat("is false, but column '", options.first_name(), "' is asked for by name"),
                   "leave it out, or give columns by number");
  }
  check_classes(options.classes, check);
}

}  // namespace

std::string CsvOptions::first_name() const {
  if (label && label->is_name()) return label->name();
  for (const auto& [name, field] : fields) {
    for (const CsvColumn& column : field.columns) {
      if (column.is_name()) return column.name();
    }
  }
  return {};
}

bool CsvOptions::has_header() const { return header.value_or(!first_name().empty()); }

void describe(Fields<CsvField>& fields) {
  fields
      .key("columns", &CsvField::columns,
           "The columns of this field, in this order: by header name, or by number; numbers count "
           "from 0, negative ones from the end.")
      .required("[0, 1]")
      .items_at_least(1);
  fields
      .choice("dtype", &CsvField::dtype,
              {{"float32", DType::float32},
               {"float64", DType::float64},
               {"int64", DType::int64},
               {"int32", DType::int32}},
              "Type of the values.")
      .fallback("what the training reads, else int64 with classes, else float32");
  fields.key("scale", &CsvField::scale, "Every value is multiplied by it; float types only.");
  fields
      .key("classes", &CsvField::classes,
           "The texts that the columns hold, in the order of their numbers: the first is 0.")
      .fallback("the columns hold numbers")
      .items_at_least(1);
  fields.check(check_field);
}

void describe(Fields<CsvOptions>& fields) {
  const auto short_form = [](const CsvOptions& options) { return options.fields.empty(); };
  const std::string clash = "does not go with 'fields', which describe every column";
  fields.summary("Text files with one sample a line, values separated by commas.");
  describe_files(fields, "[train.csv]");
  fields
      .key("label", &CsvOptions::label,
           "Short form: the column of the label, by header name or by number; all other columns "
           "are the input. Numbers count from 0, negative ones from the end.")
      .fallback("needed unless fields are given")
      .also_called({"target", "label_column"})
      .only_when(short_form, clash);
  fields
      .key("scale", &CsvOptions::scale,
           "Short form: every input value is multiplied by it, for example 0.0625 to bring 0..16 "
           "to 0..1.")
      .fallback("1")
      .only_when(short_form, clash);
  fields
      .key("classes", &CsvOptions::classes,
           "Short form: the texts that the label's column holds, in the order of their numbers: "
           "the first is 0.")
      .fallback("the labels are numbers")
      .items_at_least(1)
      .also_called({"class_names", "labels", "categories"})
      .only_when(short_form, clash);
  fields.key(
      "fields", &CsvOptions::fields,
      "Long form: the named tensors of a sample and the columns they are made of, instead of "
      "label, scale and classes.");
  fields
      .key("header", &CsvOptions::header,
           "Whether the first line of every file has the names of the columns.")
      .fallback("true when a column is given by name");
  fields
      .choice("delimiter", &CsvOptions::delimiter,
              {{"comma", CsvOptions::Delimiter::comma},
               {"semicolon", CsvOptions::Delimiter::semicolon},
               {"tab", CsvOptions::Delimiter::tab}},
              "What separates the values of a line.")
      .also_called({"separator", "sep"});
  describe_bad_records(fields);
  fields.check(check_options);
}

}  // namespace muster::config
