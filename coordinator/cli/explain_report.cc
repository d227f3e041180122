#include "coordinator/cli/explain_report.h"

#include <nlohmann/json.hpp>

#include "common/text.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::size_t kIndent = 4;
constexpr std::size_t kWidth = 80;

/// "number, above 0; default 0.01", "number, above 0; required"
std::string kind_of(const config::Explanation& key) {
  std::vector<std::string> parts = {key.type};
  if (!key.range.empty()) {
    parts.push_back(key.range);
  }
  const std::string kind = join(parts, ", ");
  if (key.fallback.empty()) {
    return kind;
  }
  return concat(kind, "; ", key.fallback == "required" ? "" : "default: ", key.fallback);
}

}  // namespace

std::string explanations_text(const std::vector<config::Explanation>& explanations) {
  std::vector<std::string> blocks;
  for (const config::Explanation& key : explanations) {
    const std::string name = key.key.empty() ? "(the whole file)" : key.key;
    blocks.push_back(concat(name, "\n", paragraph(kind_of(key), kIndent, kWidth),
                            paragraph(key.meaning, kIndent, kWidth)));
  }
  return join(blocks, "\n");
}

nlohmann::ordered_json explanations_json(const std::vector<config::Explanation>& explanations) {
  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["keys"] = nlohmann::ordered_json::array();
  for (const config::Explanation& key : explanations) {
    nlohmann::ordered_json entry;
    entry["key"] = key.key;
    entry["type"] = key.type;
    entry["range"] = key.range;
    entry["default"] = key.fallback;
    entry["meaning"] = key.meaning;
    json["keys"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace muster::coordinator::cli
