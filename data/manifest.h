// What a data set's files are, exactly: made by the coordinator, written into the plan, checked by
// every worker, part of the experiment's hash.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace muster::data {

struct FileEntry {
  std::string path;  // Absolute.
  std::int64_t bytes = 0;
  std::int64_t records = 0;
  std::string xxh3;  // XXH3-128 of the file, 32 hexadecimal characters.

  bool operator==(const FileEntry&) const = default;
};

struct Manifest {
  std::vector<FileEntry> files;  // In the order of the experiment.

  std::int64_t records() const;

  /// XXH3-128 over (bytes, records, hash) of every file, without paths: the same data elsewhere has
  /// the same hash.
  std::string hash() const;

  bool operator==(const Manifest&) const = default;
};

/// Throws Error{corrupt}, naming the file, what it was and what it is, when bytes, records or hash
/// differ. The paths may differ.
void check_unchanged(const FileEntry& expected, const FileEntry& found);

void to_json(nlohmann::json& json, const Manifest& manifest);
/// Throws Error{corrupt} when `json` is not a manifest.
void from_json(const nlohmann::json& json, Manifest& manifest);

}  // namespace muster::data
