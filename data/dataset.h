// A data set: samples 0 .. size()-1, each a set of named tensors. One implementation per format, in
// data/formats/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/config/field_need.h"
#include "common/config/formats/formats.h"
#include "data/batch.h"
#include "data/column_names.h"
#include "data/formats/bad_records.h"
#include "data/manifest.h"

namespace muster::data {

class HashCache;

class Dataset {
 public:
  virtual ~Dataset() = default;

  /// Samples of all files together. At least 1.
  virtual std::int64_t size() const = 0;

  virtual const std::vector<FieldSpec>& fields() const = 0;

  /// Copies samples `indices` (each in [0, size())), in that order, into a new batch. Any thread,
  /// several at once. Throws Error{corrupt} naming the file.
  virtual Batch read(std::span<const std::int64_t> indices) const = 0;

  /// What the files were when they were opened.
  virtual const Manifest& manifest() const = 0;

  /// The bad records that were left out, as `on_bad_record: skip` asks for. None by default.
  virtual const BadRecords& skipped() const;

  /// What the first file calls the columns of each field. No names by default.
  virtual const ColumnNames& column_names() const;
};

/// Opens the files and checks every record that can be checked without training. Throws
/// Error{corrupt}: "path:line: what is wrong" with what would be right; Error{invalid} for options
/// that fit no data; Error{unsupported}, naming the file, when memory runs out. `needs`: what will
/// be read, which decides what the options leave open, and which values are good. With `expected`,
/// the files must be those of that manifest (same records and hash). Files of tokens are not read
/// whole when the manifest or `cache` knows them.
std::unique_ptr<Dataset> open_dataset(const config::FormatOptions& options,
                                      std::span<const config::FieldNeed> needs = {},
                                      const Manifest* expected = nullptr,
                                      HashCache* cache = nullptr);

}  // namespace muster::data
