// What a data set's files call the columns that its fields are made of, so that training and
// evaluation data can be compared: the same columns in another order would make every figure of the
// evaluation wrong without a sign.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace muster::data {

struct ColumnName {
  std::string text;
  bool is_asked_for = false;  // The experiment names it; else it was found by its place.
};

struct ColumnNames {
  std::string place;                                      // Where they stand: "train.csv:1".
  std::map<std::string, std::vector<ColumnName>> fields;  // Element by element; none: no names.
};

/// How the columns of `field` differ between training and evaluation data; empty when they do not,
/// or cannot be compared: without names, and where the experiment names the column in both.
std::string difference(const std::string& field, const ColumnNames& train, const ColumnNames& eval);

}  // namespace muster::data
