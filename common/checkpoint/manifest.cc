#include "common/checkpoint/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "common/error.h"
#include "common/hash.h"
#include "common/run/json_file.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::checkpoint {
namespace {

constexpr int kDeepest = 3;

/// What stands behind `body`; always as long.
std::string end_of(std::string_view body) {
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(body)));
  return concat(",\n  \"xxh3\": \"", hash.hex(), "\"\n}\n");
}

/// Every other name could lead out of the folder.
bool is_known(const std::string& name) {
  return name == kModelFile || name == kOptimizerFile || name == kStateFile;
}

}  // namespace

std::string manifest_text(const Manifest& manifest) {
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  for (const auto& [name, entry] : manifest) {
    files[name] = {{"bytes", entry.bytes}, {"xxh3", entry.xxh3}};
  }
  const nlohmann::ordered_json json = {{"schema", run::kSchema}, {"files", files}};
  std::string body = run::pretty_text(json);
  body.resize(body.size() - std::string_view("\n}\n").size());
  return body + end_of(body);
}

Manifest parse_manifest(const std::string& text) {
  const nlohmann::json json = wire::parse_json(text, kDeepest, ErrorCode::corrupt);
  run::check_schema(json);
  const std::size_t end = std::min(end_of("").size(), text.size());
  const std::string_view body = std::string_view(text).substr(0, text.size() - end);
  if (std::string_view(text).substr(body.size()) != end_of(body)) {
    throw Error(ErrorCode::corrupt, "does not have the checksum that it says it has");
  }
  nlohmann::json files;
  wire::JsonReader(json, ErrorCode::corrupt)("files", files);
  Manifest manifest;
  for (const auto& [name, value] : files.items()) {
    if (!is_known(name)) throw Error(ErrorCode::corrupt, concat("names an unknown file: ", name));
    const wire::JsonReader read(value, ErrorCode::corrupt);
    std::int64_t bytes = 0;
    read("bytes", bytes);
    manifest[name].bytes = static_cast<std::uint64_t>(bytes);
    read("xxh3", manifest[name].xxh3);
  }
  for (const char* needed : {kModelFile, kStateFile}) {
    if (!manifest.contains(needed)) throw Error(ErrorCode::corrupt, concat("lacks ", needed));
  }
  return manifest;
}

}  // namespace muster::checkpoint
