#include "data/formats/csv.h"

#include <cstring>
#include <utility>

#include "common/error.h"
#include "common/text.h"
#include "data/formats/csv_reader.h"
#include "data/formats/memory_guard.h"

namespace muster::data {

namespace {

/// All values in memory, ready to be copied sample by sample.
class CsvDataset final : public Dataset {
 public:
  CsvDataset(CsvReader& reader, Manifest manifest)
      : size_(reader.records()),
        fields_(reader.fields()),
        values_(reader.take_values()),
        manifest_(std::move(manifest)),
        skipped_(std::move(reader.bad_records())),
        column_names_(reader.column_names()) {}

  std::int64_t size() const override { return size_; }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  const Manifest& manifest() const override { return manifest_; }
  const BadRecords& skipped() const override { return skipped_; }
  const ColumnNames& column_names() const override { return column_names_; }

  Batch read(std::span<const std::int64_t> indices) const override {
    Batch batch = make_batch(fields_, static_cast<std::int64_t>(indices.size()));
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const std::size_t sample_bytes = fields_[i].bytes_per_sample();
      std::byte* place = batch.fields[i].values.data();
      for (const std::int64_t index : indices) {
        MUSTER_ASSERT(index >= 0 && index < size_, "a sample that does not exist");
        std::memcpy(place, values_[i].data() + static_cast<std::size_t>(index) * sample_bytes,
                    sample_bytes);
        place += sample_bytes;
      }
    }
    return batch;
  }

 private:
  const std::int64_t size_;
  const std::vector<FieldSpec> fields_;
  const std::vector<std::vector<std::byte>> values_;  // Per field.
  const Manifest manifest_;
  const BadRecords skipped_;
  const ColumnNames column_names_;
};

}  // namespace

std::unique_ptr<Dataset> open_csv(const config::CsvOptions& options,
                                  std::span<const config::FieldNeed> needs,
                                  const Manifest* expected) {
  if (options.files.empty()) throw Error(ErrorCode::invalid, "csv data without files");
  check_file_count(expected, options.files.size());

  CsvReader reader(options, needs);
  Manifest manifest;
  for (const std::filesystem::path& path : options.files) {
    manifest.files.push_back(with_memory_for(path, [&] { return reader.read_file(path); }));
    // Before the bad records: that the file was changed explains them.
    check_unchanged(expected, manifest.files.size() - 1, manifest.files.back());
  }
  reader.bad_records().check(options.bad_records, reader.records());
  return std::make_unique<CsvDataset>(reader, std::move(manifest));
}

}  // namespace muster::data
