#include "common/config/formats/synthetic_fit.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "common/text.h"

namespace muster::config {
namespace {

using Kind = SyntheticOptions::Kind;

class Fit {
 public:
  Fit(const SyntheticOptions& options, std::span<const FieldNeed> needs)
      : options_(options), needs_(needs) {}

  std::vector<SyntheticMisfit> look() {
    switch (options_.kind) {
      case Kind::images:
      case Kind::classes:
        if (options_.classes) check_count("classes", *options_.classes, "label");
        break;
      case Kind::ids:
        if (options_.sizes) check_sizes(*options_.sizes);
        check_target();
        break;
      case Kind::tokens:
        if (options_.vocabulary) {
          check_count("vocabulary", *options_.vocabulary, "input");
          if (misfits_.empty()) check_count("vocabulary", *options_.vocabulary, "label");
        }
        break;
    }
    return std::move(misfits_);
  }

 private:
  const FieldNeed* find(const std::string& name) const {
    for (const FieldNeed& need : needs_) {
      if (need.name == name) return &need;
    }
    return nullptr;
  }

  /// Field `name` has the values 0 .. count-1.
  void check_count(const std::string& key, std::int64_t count, const std::string& name) {
    const FieldNeed* need = find(name);
    if (need == nullptr || need->ranges.size() != 1) return;
    check_range(key, count, need->ranges.front());
  }

  void check_range(const std::string& key, std::int64_t count, const ValueRange& range) {
    if (range.holds_first(count)) return;
    const std::int64_t most = static_cast<std::int64_t>(range.greatest) + 1;
    misfits_.push_back({key, concat("must be at most ", most, ", got ", count), range.reason});
  }

  void check_sizes(const std::vector<std::int64_t>& sizes) {
    const FieldNeed* ids = find("ids");
    if (ids == nullptr) return;
    const auto columns = static_cast<std::int64_t>(sizes.size());
    if (columns != ids->elements()) {
      misfits_.push_back({"sizes",
                          concat("must be ", ids->elements(), " numbers as ", ids->shape_key,
                                 " says, got ", columns),
                          ""});
      return;
    }
    if (ids->ranges.empty()) return;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      check_range(concat("sizes[", i, "]"), sizes[i], ids->range_of(i));
    }
  }

  /// A value around 0 is neither a class nor a probability.
  void check_target() {
    const FieldNeed* label = find("label");
    if (label == nullptr || options_.target != SyntheticOptions::Target::value) return;
    if (label->kind == FieldNeed::Kind::floats && label->ranges.empty()) return;
    misfits_.push_back(
        {"target", "must be binary, got value",
         label->ranges.empty() ? "whole numbers are read" : label->ranges.front().reason});
  }

  const SyntheticOptions& options_;
  const std::span<const FieldNeed> needs_;
  std::vector<SyntheticMisfit> misfits_;
};

}  // namespace

std::vector<SyntheticMisfit> misfits_of(const SyntheticOptions& options,
                                        std::span<const FieldNeed> needs) {
  return Fit(options, needs).look();
}

}  // namespace muster::config
