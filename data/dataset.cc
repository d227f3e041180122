#include "data/dataset.h"

#include <variant>

#include "data/formats/csv.h"
#include "data/formats/idx.h"
#include "data/formats/synthetic.h"
#include "data/formats/tokens.h"

namespace muster::data {

namespace {

/// One overload per format: a format without one does not compile.
struct Open {
  std::span<const config::FieldNeed> needs;
  const Manifest* expected;
  HashCache* cache;

  std::unique_ptr<Dataset> operator()(const config::CsvOptions& options) const {
    return open_csv(options, needs, expected);
  }
  std::unique_ptr<Dataset> operator()(const config::IdxOptions& options) const {
    return open_idx(options, needs, expected);
  }
  std::unique_ptr<Dataset> operator()(const config::TokensOptions& options) const {
    return open_tokens(options, needs, expected, cache);
  }
  std::unique_ptr<Dataset> operator()(const config::SyntheticOptions& options) const {
    return open_synthetic(options, needs, expected);
  }
};

}  // namespace

const BadRecords& Dataset::skipped() const {
  static const BadRecords none;
  return none;
}

const ColumnNames& Dataset::column_names() const {
  static const ColumnNames none;
  return none;
}

std::unique_ptr<Dataset> open_dataset(const config::FormatOptions& options,
                                      std::span<const config::FieldNeed> needs,
                                      const Manifest* expected, HashCache* cache) {
  return std::visit(Open{needs, expected, cache}, options);
}

}  // namespace muster::data
