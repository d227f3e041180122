#include "common/config/explain.h"

#include <optional>

#include "common/config/catalog.h"
#include "common/config/writer.h"
#include "common/text.h"

namespace muster::config {
namespace {

std::string fallback_of(const Key& key, const Section& section) {
  if (key.required) return "required";
  if (!key.fallback.empty()) return key.fallback;
  switch (key.type.kind) {
    case Type::Kind::section:
      return {};
    case Type::Kind::tagged:
      return key.type.alternatives.front().name;
    default:
      return yaml_line(key.write(section.defaults.get(), key.type, Form::complete));
  }
}

std::string tag_fallback(const Type& type) {
  return type.tag_required ? "required" : type.alternatives.front().name;
}

Explanation explanation_of(const CatalogEntry& entry) {
  const Key& key = *entry.key;
  switch (entry.what) {
    case CatalogEntry::What::tag:
      return {entry.path, "choice", range_in_words(key.type), tag_fallback(key.type),
              concat("Which one; the other keys of ",
                     plain_path(entry.path.substr(0, entry.path.rfind('.'))), " depend on it.")};
    case CatalogEntry::What::alternative:
      return {entry.path, "section", "", "", entry.alternative->section->summary};
    case CatalogEntry::What::key:
      break;
  }
  return explanation_of(key, *entry.section, entry.path);
}

/// A path as its parts, "data.train[csv].fields" as data, train, [csv], fields.
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (const std::string& piece : split(path, '.')) {
    const std::size_t bracket = piece.find('[');
    parts.push_back(piece.substr(0, bracket));
    if (bracket != std::string::npos) parts.push_back(piece.substr(bracket));
  }
  return parts;
}

/// `path` is `wanted` or below it. A "[name]" in the path may be left out in what is wanted; a "*"
/// stands for anything.
bool is_at_or_below(const std::vector<std::string>& path, const std::vector<std::string>& wanted) {
  std::size_t next = 0;
  for (const std::string& part : path) {
    if (next == wanted.size()) return true;
    const bool is_any = part == "*" || (part == "[]" && wanted[next].starts_with('['));
    if (part == wanted[next] || is_any) {
      ++next;
    } else if (!part.starts_with('[') || wanted[next].starts_with('[')) {
      return false;
    }
  }
  return next == wanted.size();
}

}  // namespace

Explanation explanation_of(const Key& key, const Section& holder, const std::string& path) {
  return {path, type_in_words(key.type), range_in_words(key.type), fallback_of(key, holder),
          key.meaning};
}

std::vector<Explanation> explain(const std::string& key) {
  std::vector<std::string> wanted;
  if (!key.empty()) wanted = parts_of(key);
  std::vector<Explanation> explanations;
  for (const CatalogEntry& entry : experiment_catalog()) {
    if (is_at_or_below(parts_of(entry.path), wanted)) explanations.push_back(explanation_of(entry));
  }
  return explanations;
}

std::string suggest(const std::string& key) { return nearest_path(key); }

}  // namespace muster::config
