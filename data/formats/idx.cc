#include "data/formats/idx.h"

#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "data/formats/field_needs.h"
#include "data/formats/idx_file.h"
#include "data/formats/memory_guard.h"
#include "data/formats/sample_range.h"

namespace muster::data {
namespace {

/// One field of the samples of one pair of files.
struct Part {
  IdxArray array;
  DType dtype = DType::float32;
  double scale = 1;  // Of floats.

  void copy_to(std::int64_t index, std::byte* to) const {
    const std::size_t count = array.elements_per_record();
    // The batch's memory is aligned for every type.
    if (dtype == DType::int64) {
      array.copy_to(index, {reinterpret_cast<std::int64_t*>(to), count});
    } else {
      array.copy_to(index, scale, {reinterpret_cast<float*>(to), count});
    }
  }

  FieldSpec spec(std::string name) const {
    return {.name = std::move(name), .dtype = dtype, .shape = array.record_shape()};
  }
};

struct Pair {
  Part input;
  Part label;
  SampleRange samples;
};

class IdxDataset final : public Dataset {
 public:
  IdxDataset(std::vector<Pair> pairs, Manifest manifest, BadRecords skipped)
      : pairs_(std::move(pairs)),
        size_(pairs_.back().samples.first + pairs_.back().samples.size),
        fields_{pairs_.front().input.spec("input"), pairs_.front().label.spec("label")},
        manifest_(std::move(manifest)),
        skipped_(std::move(skipped)) {}

  std::int64_t size() const override { return size_; }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  const Manifest& manifest() const override { return manifest_; }
  const BadRecords& skipped() const override { return skipped_; }

  Batch read(std::span<const std::int64_t> indices) const override {
    Batch batch = make_batch(fields_, static_cast<std::int64_t>(indices.size()));
    std::byte* input = batch.fields[0].values.data();
    std::byte* label = batch.fields[1].values.data();
    for (const std::int64_t index : indices) {
      MUSTER_ASSERT(index >= 0 && index < size_, "a sample that does not exist");
      const Pair& pair = file_of(pairs_, index);
      const std::int64_t record = pair.samples.record_of(index);
      pair.input.copy_to(record, input);
      pair.label.copy_to(record, label);
      input += fields_[0].bytes_per_sample();
      label += fields_[1].bytes_per_sample();
    }
    return batch;
  }

 private:
  const std::vector<Pair> pairs_;
  const std::int64_t size_;
  const std::vector<FieldSpec> fields_;
  const Manifest manifest_;
  const BadRecords skipped_;
};

/// What is wrong with the records of a part.
class Checker {
 public:
  Checker(const Part& part, const config::FieldNeed* need) : part_(part) {
    const std::size_t elements = part.array.elements_per_record();
    if (need != nullptr && (need->ranges.size() == 1 || need->ranges.size() == elements)) {
      ranges_ = need->ranges;
    }
    values_.resize(elements);
  }

  /// Some records may be bad.
  bool has_work() const { return !ranges_.empty() || !is_integer(part_.array.type); }

  /// Empty when record `index` is good.
  std::string complaint(std::int64_t index) {
    part_.array.copy_to(index, std::span(values_));
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const double value = part_.dtype == DType::int64 ? values_[i] : values_[i] * part_.scale;
      if (!std::isfinite(static_cast<float>(value))) {
        return concat("'", shortest(value), "' is not a finite number in float32");
      }
      if (ranges_.empty()) continue;
      const config::ValueRange& range = ranges_[ranges_.size() == 1 ? 0 : i];
      if (range.holds(value)) continue;
      return concat("'", shortest(value), "' is not in ", shortest(range.least), " to ",
                    shortest(range.greatest), " (", range.reason, ")");
    }
    return {};
  }

 private:
  const Part& part_;
  std::vector<config::ValueRange> ranges_;
  std::vector<double> values_;
};

/// Reads one file as field `name`.
Part read_part(const std::filesystem::path& path, const std::string& name, double scale,
               DType otherwise, std::span<const config::FieldNeed> needs) {
  Part part{.array = with_memory_for(path, [&] { return read_idx(path); }), .scale = scale};
  const DType by_itself = is_integer(part.array.type) ? otherwise : DType::float32;
  part.dtype = type_of(needs, name, by_itself);
  if (part.dtype == DType::int64 && !is_integer(part.array.type)) {
    throw Error(ErrorCode::corrupt, concat(path.string(), ": holds ", to_string(part.array.type),
                                           ", and field '", name, "' is read as whole numbers"));
  }
  if (part.dtype == DType::int64 && scale != 1) {
    throw Error(ErrorCode::invalid, concat("field '", name, "' has a scale and is int64"),
                "only float32 can be scaled");
  }
  return part;
}

void check_shapes(const Pair& pair, const Pair& first) {
  const auto& input = pair.input.array;
  const auto& label = pair.label.array;
  if (input.records() != label.records()) {
    throw Error(ErrorCode::corrupt,
                concat(label.file.path, ": has ", with_thousands(label.records()), " labels, but ",
                       input.file.path, " has ", with_thousands(input.records()), " records"),
                "the files of 'files' and 'labels' belong together in their order");
  }
  const auto compare = [](const IdxArray& found, const IdxArray& wanted) {
    if (found.record_shape() == wanted.record_shape() &&
        is_integer(found.type) == is_integer(wanted.type))
      return;
    throw Error(ErrorCode::corrupt,
                concat(found.file.path, ": its records have another shape or type than those of ",
                       wanted.file.path));
  };
  compare(input, first.input.array);
  compare(label, first.label.array);
}

/// Finds the bad records of the pair, and how many good ones there are.
void find_bad_records(Pair& pair, std::span<const config::FieldNeed> needs,
                      BadRecords& bad_records) {
  Checker inputs(pair.input, find_need(needs, "input"));
  Checker labels(pair.label, find_need(needs, "label"));
  const std::int64_t all = pair.input.array.records();
  pair.samples.size = all;
  if (!inputs.has_work() && !labels.has_work()) return;
  for (std::int64_t record = 0; record < all; ++record) {
    const std::string of_label = labels.has_work() ? labels.complaint(record) : "";
    const std::string of_input =
        of_label.empty() && inputs.has_work() ? inputs.complaint(record) : "";
    if (of_label.empty() && of_input.empty()) {
      pair.samples.good.push_back(record);
      continue;
    }
    const Part& part = of_label.empty() ? pair.input : pair.label;
    bad_records.add(concat(part.array.file.path, ": record ", record), of_label + of_input);
  }
  pair.samples.size = static_cast<std::int64_t>(pair.samples.good.size());
  if (pair.samples.size == all) pair.samples.good = {};
}

}  // namespace

std::unique_ptr<Dataset> open_idx(const config::IdxOptions& options,
                                  std::span<const config::FieldNeed> needs,
                                  const Manifest* expected) {
  if (options.files.empty() || options.files.size() != options.labels.size()) {
    throw Error(ErrorCode::invalid, "idx data need as many files of labels as of inputs");
  }
  check_file_count(expected, 2 * options.files.size());
  std::vector<Pair> pairs;
  Manifest manifest;
  BadRecords bad_records;
  std::int64_t samples = 0;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    Pair& pair = pairs.emplace_back();
    pair.input = read_part(options.files[i], "input", options.scale, DType::float32, needs);
    pair.label = read_part(options.labels[i], "label", 1, DType::int64, needs);
    check_shapes(pair, pairs.front());
    pair.samples.first = samples;
    with_memory_for(options.files[i], [&] { find_bad_records(pair, needs, bad_records); });
    samples += pair.samples.size;
    for (Part* part : {&pair.input, &pair.label}) {
      part->array.file.records = pair.samples.size;
      part->array.file.skipped = part->array.records() - pair.samples.size;
      check_unchanged(expected, manifest.files.size(), part->array.file);
      manifest.files.push_back(part->array.file);
    }
  }
  bad_records.check(options.bad_records, samples);
  return std::make_unique<IdxDataset>(std::move(pairs), std::move(manifest),
                                      std::move(bad_records));
}

}  // namespace muster::data
