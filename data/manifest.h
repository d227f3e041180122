// What a data set's files are, exactly: made by the coordinator, written into the plan, checked by
// every worker, part of the experiment's hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace muster::data {

struct FileEntry {
  std::string path;  // Absolute.
  std::int64_t bytes = 0;
  std::int64_t records = 0;    // Samples that are used.
  std::int64_t skipped = 0;    // Bad records that were left out.
  std::int64_t left_over = 0;  // Tokens at the end that fill no sample; 0 for other formats.
  std::string xxh3;            // XXH3-128 of the file, 32 hexadecimal characters.
  /// Of files that need not be read whole again where they are as they were: when the file was last
  /// modified, in nanoseconds since 1970, and its `skipped` bad records, ascending. 0: not known.
  /// Without the records where they are too many for a plan.
  std::int64_t modified_ns = 0;
  std::vector<std::int64_t> bad_records = {};

  bool operator==(const FileEntry&) const = default;
};

struct Manifest {
  std::vector<FileEntry> files;  // In the order of the experiment.
  std::string recipe = {};  // Of data that are made, not read: XXH3-128 of how. Empty otherwise.

  /// XXH3-128 over (bytes, records, hash) of every file, then the recipe; without paths: the same
  /// data elsewhere has the same hash.
  std::string hash() const;

  bool operator==(const Manifest&) const = default;
};

/// Throws Error{corrupt}, naming the file, what it was and what it is, when bytes, records, skipped
/// ones or hash differ. The paths may differ.
void check_unchanged(const FileEntry& expected, const FileEntry& found);

/// Throws Error{corrupt}, naming the file, when a file that was planned with another size has
/// `bytes`: what can be said before it is read.
void check_size_unchanged(const FileEntry& expected, const std::string& path, std::int64_t bytes);

/// Throws Error{corrupt} unless `expected` has `count` files. Null: nothing was planned yet.
void check_file_count(const Manifest* expected, std::size_t count);

/// check_unchanged of file number `index`. Null: nothing was planned yet.
void check_unchanged(const Manifest* expected, std::size_t index, const FileEntry& found);

void to_json(nlohmann::json& json, const Manifest& manifest);
/// Throws Error{corrupt} when `json` is not a manifest.
void from_json(const nlohmann::json& json, Manifest& manifest);

}  // namespace muster::data
