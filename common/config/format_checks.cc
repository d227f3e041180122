#include "common/config/format_checks.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "common/config/formats/synthetic_fit.h"
#include "common/config/needs.h"
#include "common/text.h"

namespace muster::config {
namespace {

using Classes = std::optional<std::vector<std::string>>;

/// One overload a format.
struct CheckFormat {
  const std::vector<FieldNeed>& needs;
  const std::string& where;  // "data.train"
  const Check& check;

  /// What is read must be among the fields of the long form. (The short form always makes "input"
  /// and "label"; how many columns there are is seen when the files are opened.)
  void operator()(const CsvOptions& csv) const {
    const std::string fields = where + ".fields";
    for (const FieldNeed& need : needs) {
      if (csv.fields.empty()) {
        if (need.name == "label") check_classes(need, csv.classes, where);
        continue;
      }
      const auto field = csv.fields.find(need.name);
      if (field == csv.fields.end()) {
        check.complain({fields, "model.name", "objective.name"},
                       concat("must have '", need.name, "', which the training reads"));
      } else {
        check_csv_field(need, field->second, concat(fields, ".", need.name));
      }
    }
  }

  /// The files themselves say what is in them.
  void operator()(const IdxOptions&) const {}

  void operator()(const TokensOptions& tokens) const { check_sequence(tokens.sequence); }

  void operator()(const SyntheticOptions& synthetic) const {
    if (synthetic.kind == SyntheticOptions::Kind::tokens) check_sequence(synthetic.sequence);
    for (const SyntheticMisfit& misfit : misfits_of(synthetic, needs)) {
      check.complain({concat(where, ".", misfit.key), "model", "objective"}, misfit.message,
                     misfit.hint);
    }
  }

 private:
  void check_csv_field(const FieldNeed& need, const CsvField& field, const std::string& key) const {
    const auto columns = static_cast<std::int64_t>(field.columns.size());
    if (columns != need.elements()) {
      const std::string wanted =
          need.elements() == 1 ? "one column"
                               : concat(need.elements(), " columns as ", need.shape_key, " says");
      check.complain({key + ".columns", need.shape_key},
                     concat("must be ", wanted, ", got ", columns));
    }
    if (field.dtype) check_dtype(need, *field.dtype, key + ".dtype");
    check_classes(need, field.classes, key);
  }

  void check_dtype(const FieldNeed& need, DType dtype, const std::string& key) const {
    if (need.accepts(dtype)) return;
    if (need.kind == FieldNeed::Kind::floats) {
      check.complain({key}, "must be float32 or float64: the training computes with it");
    } else {
      check.complain({key},
                     concat("must be int64: it holds whole numbers, got ", to_string(dtype)));
    }
  }

  void check_classes(const FieldNeed& need, const Classes& classes, const std::string& key) const {
    if (!classes || need.ranges.size() != 1) return;
    const ValueRange& range = need.ranges.front();
    if (range.holds_first(static_cast<std::int64_t>(classes->size()))) return;
    check.complain({key + ".classes", "model", "objective"},
                   concat("has ", classes->size(), " names, but ", range.reason));
  }

  void check_sequence(const std::optional<std::int64_t>& sequence) const {
    for (const FieldNeed& need : needs) {
      if (!sequence || need.name != "input" || need.elements() == *sequence) continue;
      check.complain(
          {where + ".sequence", need.shape_key},
          concat("must be ", need.elements(), " as ", need.shape_key, " says, got ", *sequence));
    }
  }
};

/// The classes of one field, and the key that lists them: "fields.label.classes".
struct ListedClasses {
  std::string key;
  std::vector<std::string> names;
};

/// By field, from either form.
std::map<std::string, ListedClasses> classes_of(const CsvOptions& csv) {
  std::map<std::string, ListedClasses> classes;
  if (csv.fields.empty() && csv.classes) classes["label"] = {"classes", *csv.classes};
  for (const auto& [name, field] : csv.fields) {
    if (field.classes) classes[name] = {concat("fields.", name, ".classes"), *field.classes};
  }
  return classes;
}

/// Other classes, or another order of them, would make every accuracy wrong without a sign.
void check_same_classes(const CsvOptions& train, const CsvOptions& eval, const Check& check) {
  const std::map<std::string, ListedClasses> others = classes_of(eval);
  for (const auto& [field, listed] : classes_of(train)) {
    const auto other = others.find(field);
    if (other == others.end() || other->second.names == listed.names) continue;
    check.complain(
        {concat("data.eval.", other->second.key), concat("data.train.", listed.key)},
        concat("must be those of data.train in the same order: ", join(listed.names, ", ")));
  }
}

}  // namespace

void check_formats(const Experiment& experiment, const Check& check) {
  const std::vector<FieldNeed> needs = needs_of(experiment);
  const auto check_one = [&](const FormatOptions& format, const std::string& where) {
    std::visit(CheckFormat{needs, where, check}, format);
  };
  check_one(experiment.data.train, "data.train");
  if (!experiment.data.eval) return;
  check_one(*experiment.data.eval, "data.eval");
  const auto* train = std::get_if<CsvOptions>(&experiment.data.train);
  const auto* eval = std::get_if<CsvOptions>(&*experiment.data.eval);
  if (train != nullptr && eval != nullptr) check_same_classes(*train, *eval, check);
}

}  // namespace muster::config
