#include "data/dataset.h"

#include <variant>

#include "data/formats/csv.h"

namespace muster::data {

namespace {

/// One overload per format: a format without one does not compile.
struct Open {
  std::span<const config::FieldNeed> needs;
  const Manifest* expected;

  std::unique_ptr<Dataset> operator()(const config::CsvOptions& options) const {
    return open_csv(options, needs, expected);
  }
};

}  // namespace

std::unique_ptr<Dataset> open_dataset(const config::FormatOptions& options,
                                      std::span<const config::FieldNeed> needs,
                                      const Manifest* expected) {
  return std::visit(Open{needs, expected}, options);
}

}  // namespace muster::data
