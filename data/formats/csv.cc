#include "data/formats/csv.h"

#include <cstring>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "data/formats/csv_reader.h"

namespace muster::data {

namespace {

/// All values in memory, ready to be copied sample by sample.
class CsvDataset final : public Dataset {
 public:
  CsvDataset(CsvReader& reader, Manifest manifest)
      : size_(reader.records()),
        fields_(reader.fields()),
        values_(reader.take_values()),
        manifest_(std::move(manifest)) {}

  std::int64_t size() const override { return size_; }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  const Manifest& manifest() const override { return manifest_; }

  Batch read(std::span<const std::int64_t> indices) const override {
    Batch batch;
    batch.samples = static_cast<std::int64_t>(indices.size());
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const std::size_t sample_bytes = fields_[i].bytes_per_sample();
      AlignedBuffer values(indices.size() * sample_bytes);
      std::byte* place = values.data();
      for (const std::int64_t index : indices) {
        MUSTER_ASSERT(index >= 0 && index < size_, "a sample that does not exist");
        std::memcpy(place, values_[i].data() + static_cast<std::size_t>(index) * sample_bytes,
                    sample_bytes);
        place += sample_bytes;
      }
      batch.fields.push_back({.spec = fields_[i], .values = std::move(values)});
    }
    return batch;
  }

 private:
  const std::int64_t size_;
  const std::vector<FieldSpec> fields_;
  const std::vector<std::vector<std::byte>> values_;  // Per field.
  const Manifest manifest_;
};

void check_file_count(const Manifest& expected, std::size_t count) {
  if (expected.files.size() == count) return;
  throw Error(ErrorCode::corrupt, concat("the data are ", count, " files, but were ",
                                         expected.files.size(), " when this run was planned"));
}

}  // namespace

std::unique_ptr<Dataset> open_csv(const config::CsvOptions& options,
                                  std::span<const config::FieldNeed> needs,
                                  const Manifest* expected) {
  if (options.files.empty()) throw Error(ErrorCode::invalid, "csv data without files");
  if (expected != nullptr) check_file_count(*expected, options.files.size());

  CsvReader reader(options, needs);
  Manifest manifest;
  for (const std::filesystem::path& path : options.files) {
    manifest.files.push_back(reader.read_file(path));
    // Before the bad records: that the file was changed explains them.
    if (expected != nullptr) {
      check_unchanged(expected->files[manifest.files.size() - 1], manifest.files.back());
    }
  }
  reader.bad_records().throw_if_any();
  return std::make_unique<CsvDataset>(reader, std::move(manifest));
}

}  // namespace muster::data
