#include "common/run/json_file.h"

#include "common/atomic_file.h"
#include "common/text.h"
#include "common/wire/json.h"

namespace muster::run {
namespace {

/// Deeper than any file of a run directory.
constexpr int kDeepestFile = 64;

}  // namespace

void check_schema(const nlohmann::json& object) {
  int schema = 0;
  wire::JsonReader(object, ErrorCode::corrupt)("schema", schema);
  if (schema > kSchema) {
    throw Error(ErrorCode::unsupported,
                concat("has schema ", schema, ", this program knows ", kSchema),
                "use the version of muster that made the run, or a later one");
  }
}

void write_json_file(const std::string& path, const nlohmann::json& object) {
  write_file_atomic(path, pretty_text(object));
}

nlohmann::json read_json_file(const std::string& path) {
  const std::string text = read_file(path);
  try {
    return wire::parse_json(text, kDeepestFile, ErrorCode::corrupt);
  } catch (const Error& error) {
    throw Error(error.code(), concat(path, ": ", error.what()), error.hint());
  }
}

}  // namespace muster::run
