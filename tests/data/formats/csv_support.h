// What the tests of csv share: opening a text as a data set, and looking at its values and errors.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "data/dataset.h"
#include "tests/data/temporary_folder.h"

namespace muster::data {

inline config::CsvOptions label_last() {
  config::CsvOptions options;
  options.label = -1;
  return options;
}

/// `contents` as the only file of a data set.
inline std::unique_ptr<Dataset> open_text(std::string_view contents,
                                          config::CsvOptions options = label_last(),
                                          std::span<const config::FieldNeed> needs = {}) {
  const TemporaryFolder folder;
  options.files = {folder.write("a.csv", contents)};
  return open_dataset(options, needs);
}

/// What opening `contents` throws, with the folder cut off its message.
inline Error error_of_text(std::string_view contents, config::CsvOptions options = label_last(),
                           std::span<const config::FieldNeed> needs = {}) {
  const TemporaryFolder folder;
  options.files = {folder.write("a.csv", contents)};
  try {
    open_dataset(options, needs);
  } catch (const Error& error) {
    std::string message = error.what();
    const std::string prefix = folder.path().string() + "/";
    for (std::size_t at = message.find(prefix); at != std::string::npos;
         at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return Error(error.code(), message, error.hint());
  }
  return Error(ErrorCode::invalid, "no error");
}

/// The values of a field of samples `indices`.
template <class Number>
std::vector<Number> values_of(const Dataset& dataset, std::string_view field,
                              const std::vector<std::int64_t>& indices) {
  const Batch batch = dataset.read(indices);
  const BatchField& found = batch.field(field);
  const auto count = static_cast<std::size_t>(batch.samples * found.spec.elements_per_sample());
  EXPECT_EQ(found.values.size(), count * sizeof(Number));
  std::vector<Number> values(count);
  std::memcpy(values.data(), found.values.data(), found.values.size());
  return values;
}

/// The same of all samples.
template <class Number>
std::vector<Number> values_of(const Dataset& dataset, std::string_view field) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(dataset.size()));
  std::iota(indices.begin(), indices.end(), 0);
  return values_of<Number>(dataset, field, indices);
}

}  // namespace muster::data
