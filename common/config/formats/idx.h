// Options of data format `idx`: the files of MNIST and its relatives, one with the inputs and one
// with the labels, each perhaps packed with gzip.
#pragma once

#include <filesystem>
#include <vector>

#include "common/config/describe.h"
#include "common/config/formats/bad_record_policy.h"

namespace muster::config {

struct IdxOptions {
  static constexpr const char* kName = "idx";

  std::vector<std::filesystem::path> files;   // Of the inputs; in this order one data set.
  std::vector<std::filesystem::path> labels;  // labels[i] belongs to files[i].
  double scale = 1;                           // Every input value is multiplied by it.
  BadRecordPolicy bad_records;

  bool operator==(const IdxOptions&) const = default;
};

void describe(Fields<IdxOptions>& fields);

}  // namespace muster::config
