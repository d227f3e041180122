#include "data/column_names.h"

#include <algorithm>
#include <cstddef>

#include "common/text.h"
#include "data/formats/bad_records.h"

namespace muster::data {

std::string difference(const std::string& field, const ColumnNames& train,
                       const ColumnNames& eval) {
  const auto in_train = train.fields.find(field);
  const auto in_eval = eval.fields.find(field);
  if (in_train == train.fields.end() || in_eval == eval.fields.end()) return {};
  const std::size_t count = std::min(in_train->second.size(), in_eval->second.size());
  for (std::size_t i = 0; i < count; ++i) {
    const ColumnName& a = in_train->second[i];
    const ColumnName& b = in_eval->second[i];
    if (a.text == b.text || (a.is_asked_for && b.is_asked_for)) continue;
    return concat("value ", i, " of '", field, "' is column ", in_quotes(b.text), " in ",
                  eval.place, ", but column ", in_quotes(a.text), " in ", train.place);
  }
  return {};
}

}  // namespace muster::data
