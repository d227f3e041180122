#include "data/manifest.h"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"

namespace muster::data {

namespace {

constexpr std::string_view kNotPlanned =
    ": is not the file that this run was planned with: it was ";
constexpr const char* kPlannedHint = "restore the file, or start a new run with the new data";

/// Little-endian on every machine, so that a manifest's hash is the same on all of them.
void add_number(Xxh3& hash, std::int64_t number) {
  std::array<std::byte, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(static_cast<std::uint64_t>(number) >> (8 * i));
  }
  hash.update(bytes);
}

}  // namespace

std::string Manifest::hash() const {
  Xxh3 hash;
  for (const FileEntry& file : files) {
    add_number(hash, file.bytes);
    add_number(hash, file.records);
    hash.update(std::as_bytes(std::span(file.xxh3)));
  }
  hash.update(std::as_bytes(std::span(recipe)));
  return hash.hex();
}

void check_size_unchanged(const FileEntry& expected, const std::string& path, std::int64_t bytes) {
  if (expected.bytes == bytes) return;
  throw Error(ErrorCode::corrupt,
              concat(path, kNotPlanned, expected.bytes, " bytes, and is ", bytes), kPlannedHint);
}

void check_unchanged(const FileEntry& expected, const FileEntry& found) {
  if (expected.bytes == found.bytes && expected.records == found.records &&
      expected.skipped == found.skipped && expected.xxh3 == found.xxh3) {
    return;
  }
  const auto describe = [](const FileEntry& file) {
    return concat(file.bytes, " bytes, ", file.records, " records, ",
                  file.skipped == 0 ? "" : concat(file.skipped, " skipped, "), "XXH3 ", file.xxh3);
  };
  throw Error(ErrorCode::corrupt,
              concat(found.path, kNotPlanned, describe(expected), ", and is ", describe(found)),
              kPlannedHint);
}

void check_file_count(const Manifest* expected, std::size_t count) {
  if (expected == nullptr || expected->files.size() == count) return;
  throw Error(ErrorCode::corrupt, concat("the data are ", count, " files, but were ",
                                         expected->files.size(), " when this run was planned"));
}

void check_unchanged(const Manifest* expected, std::size_t index, const FileEntry& found) {
  if (expected != nullptr) check_unchanged(expected->files[index], found);
}

void to_json(nlohmann::json& json, const Manifest& manifest) {
  json = {{"files", nlohmann::json::array()}};
  if (!manifest.recipe.empty()) json["recipe"] = manifest.recipe;
  for (const FileEntry& file : manifest.files) {
    nlohmann::json entry = {{"path", file.path},           {"bytes", file.bytes},
                            {"records", file.records},     {"skipped", file.skipped},
                            {"left_over", file.left_over}, {"xxh3", file.xxh3}};
    if (file.modified_ns != 0) entry["modified_ns"] = file.modified_ns;
    if (!file.bad_records.empty()) entry["bad_records"] = file.bad_records;
    json["files"].push_back(std::move(entry));
  }
}

void from_json(const nlohmann::json& json, Manifest& manifest) {
  try {
    Manifest read;
    read.recipe = json.value("recipe", "");
    for (const nlohmann::json& file : json.at("files")) {
      read.files.push_back({.path = file.at("path").get<std::string>(),
                            .bytes = file.at("bytes").get<std::int64_t>(),
                            .records = file.at("records").get<std::int64_t>(),
                            .skipped = file.value("skipped", std::int64_t{0}),
                            .left_over = file.value("left_over", std::int64_t{0}),
                            .xxh3 = file.at("xxh3").get<std::string>(),
                            .modified_ns = file.value("modified_ns", std::int64_t{0}),
                            .bad_records = file.value("bad_records", std::vector<std::int64_t>{})});
    }
    manifest = std::move(read);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::corrupt, concat("not a manifest of data files: ", error.what()));
  }
}

}  // namespace muster::data
